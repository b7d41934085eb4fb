/** `theriac threshold`: tau, below which no poison fraction can reach a target. */
import type { Command } from 'commander';
import { addressesOf, withServices, withView } from './shared-options';
import type { ServiceFlags, ViewFlags } from './shared-options';

export interface ThresholdFlags extends ViewFlags {
  readonly run?: string;
  readonly dataset: string;
  readonly model: string;
  readonly target?: string;
  readonly epsilonW?: string;
  readonly scale: string;
  readonly poisonFraction: string;
  readonly parameters?: string;
  readonly seed: string;
  readonly trainLimit: string;
  readonly scaling: string;
  readonly runsDir: string;
}

export function addThreshold(program: Command): void {
  const verb = program
    .command('threshold')
    .description(
      'the transition threshold tau of a target, what no poison can go below, and how far it is within reach',
    )
    .option(
      '--target <kind>',
      'of any model: clean, gradpc, scaled (gradpc, last layer times s), reversed (last layer)',
    )
    .option('--epsilon-w <radius>', 'radius of gradpc and scaled (default 1 for lr, 0.5 for networks)')
    .option('--scale <s>', 'factor of the last layer for scaled and reversed; auto: the largest within reach', 'auto')
    .option('--poison-fraction <fraction>', 'eps_d of the bound and of what is within reach', '0.03')
    .option('--run <id>', "a run's target")
    .option('--parameters <file>', 'a safetensors file with the tensor "parameters"')
    .option('--dataset <id>', 'data set', 'mnist')
    .option('--model <id>', 'model', 'lr')
    .option('--seed <N>', 'seed of the clean model and of the corruption', '0')
    .option('--train-limit <rows>', 'use the first rows only; 0: all', '0')
    .option('--scaling <kind>', 'how stored values become model input', 'standardised')
    .option('--runs-dir <folder>', 'where runs are kept', 'runs');
  withView(withServices(verb)).action(async (flags: ThresholdFlags & ServiceFlags) => {
    const { thresholdVerb } = require('../sitting/threshold-verb') as typeof import('../sitting/threshold-verb');
    await thresholdVerb({ ...flags, addresses: addressesOf(flags) });
  });
}
