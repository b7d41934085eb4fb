/** `theriac defences`: what the trainer can defend itself with. */
import type { Command } from 'commander';
import { addressesOf, withServices } from './shared-options';
import type { ServiceFlags } from './shared-options';

export function addDefences(program: Command): void {
  const verb = program
    .command('defences')
    .description('list the defences and their options')
    .option('--json', 'print one JSON document');
  withServices(verb).action(async (flags: ServiceFlags & { json?: boolean }) => {
    const { defencesVerb } = require('../sitting/defences-verb') as typeof import('../sitting/defences-verb');
    await defencesVerb({ ...flags, addresses: addressesOf(flags) });
  });
}
