/** `theriac conformance`: whether services keep the contract, whoever wrote them, in whatever language. */
import type { Command } from 'commander';
import { addressesOf, withServices } from './shared-options';
import type { ServiceFlags } from './shared-options';

export interface ConformanceFlags {
  readonly dataset?: string;
  readonly only: string;
  readonly json?: boolean;
}

export function addConformance(program: Command): void {
  const verb = program
    .command('conformance')
    .description('hold services against the contract: those at the addresses given, or else our own')
    .option(
      '--dataset <id>',
      'a data set that both sides have (default: the first of mnist, synthetic-digits, gaussians)',
    )
    .option('--only <beginning>', 'only the checks whose id begins so, for example "train."', '')
    .option('--json', 'print one JSON document on standard output and nothing else');
  withServices(verb).action(async (flags: ConformanceFlags & ServiceFlags) => {
    const { conformanceVerb } = require('../sitting/conformance-verb') as typeof import('../sitting/conformance-verb');
    await conformanceVerb({ ...flags, addresses: addressesOf(flags) });
  });
}
