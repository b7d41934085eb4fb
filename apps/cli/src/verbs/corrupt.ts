/** `theriac corrupt`: GradPC, the parameters corrupted directly. */
import type { Command } from 'commander';
import { addressesOf, withServices, withView } from './shared-options';
import type { ServiceFlags, ViewFlags } from './shared-options';

export interface CorruptFlags extends ViewFlags {
  readonly dataset: string;
  readonly model: string;
  readonly epsilonW: string;
  readonly seed: string;
  readonly orders: string;
  readonly trainLimit: string;
  readonly scaling: string;
  readonly attackerProtocol?: string;
  readonly output?: string;
  readonly runsDir: string;
}

export function addCorrupt(program: Command): void {
  const verb = program
    .command('corrupt')
    .description('corrupt a clean model within ||w - w_c|| <= epsilon-w (GradPC), and score it')
    .option('--dataset <id>', 'data set', 'mnist')
    .requiredOption('--model <id>', 'model, for example lr')
    .requiredOption('--epsilon-w <radius>', 'Euclidean radius of the corruption, above 0')
    .option('--seed <N>', 'seed of the clean model and of the corruption', '0')
    .option('--orders <N>', 'orders of the minibatches tried, with seeds from --seed on, for the spread', '3')
    .option('--train-limit <rows>', 'use the first rows only; 0: all', '0')
    .option('--scaling <kind>', 'how stored values become model input', 'standardised')
    .option('--attacker-protocol <id>', 'how the clean model is trained; id@n: with n epochs (default: by the model)')
    .option('--output <file>', 'keep the corrupted parameters as a safetensors file')
    .option('--runs-dir <folder>', 'where clean trainings are shared', 'runs');
  withView(withServices(verb)).action(async (flags: CorruptFlags & ServiceFlags) => {
    const { corruptVerb } = require('../sitting/corrupt-verb') as typeof import('../sitting/corrupt-verb');
    await corruptVerb({ ...flags, addresses: addressesOf(flags) });
  });
}
