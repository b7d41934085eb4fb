/** `theriac attacks`: what the attacker offers. */
import type { Command } from 'commander';
import { addressesOf, withServices } from './shared-options';
import type { ServiceFlags } from './shared-options';

export function addAttacks(program: Command): void {
  const verb = program
    .command('attacks')
    .description('list the attacks and their options')
    .option('--json', 'print one JSON document');
  withServices(verb).action(async (flags: ServiceFlags & { json?: boolean }) => {
    const { attacksVerb } = require('../sitting/attacks-verb') as typeof import('../sitting/attacks-verb');
    await attacksVerb({ ...flags, addresses: addressesOf(flags) });
  });
}
