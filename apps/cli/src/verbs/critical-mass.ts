/** `theriac critical-mass`: the least share of members with which a collective succeeds. */
import type { Command } from 'commander';
import type { PlayFlags } from '../arguments/game-settings';
import { addressesOf, collect, withServices, withView } from './shared-options';
import type { ServiceFlags, ViewFlags } from './shared-options';

export interface CriticalMassFlags extends Omit<PlayFlags, 'attack' | 'poisonFraction'>, ViewFlags {
  readonly success: string;
  readonly from: string;
  readonly most?: string;
  readonly resolution: string;
  readonly runsDir: string;
}

export function addCriticalMass(program: Command): void {
  const verb = program
    .command('critical-mass')
    .description('the least share of members with which collective-action succeeds, by bisection, beside the theory')
    .requiredOption('--dataset <id>', 'data set (theriac datasets), or path:FOLDER_OR_FILE for your own')
    .requiredOption('--model <id>', 'model, for example lr')
    .option('--success <percent>', 'S*, the share of test rows that shall be classified as the collective wants', '90')
    .option('--from <members>', 'members tried first', '8')
    .option('--most <members>', 'most members tried (default: all rows)')
    .option('--resolution <members>', 'how near the answer has to be', '1')
    .option('--option <name=value>', 'an option of collective-action, repeatable', collect, [])
    .option('--constraint <kinds>', 'what a member may do to a row, as for play', 'box')
    .option('--defence <chain>', 'what the trainer defends itself with (theriac defences)', 'none')
    .option('--protocol <id>', 'how the defender trains; id@n: with n epochs; of several the first counts', collect)
    .option('--attacker-protocol <id>', 'how the clean model is trained that estimates and strategies ask')
    .option('--seeds <count>', 'how many fresh defenders to train for each size, seeds N+1 to N+count', '3')
    .option('--seed <N>', 'seed of the members', '0')
    .option('--train-limit <rows>', 'use the first rows only; 0: all', '0')
    .option('--scaling <kind>', 'how stored values become model input: standardised, symmetric, stored', 'standardised')
    .option('--runs-dir <folder>', 'where runs are kept; finished ones count', 'runs');
  withView(withServices(verb)).action(async (flags: CriticalMassFlags & ServiceFlags) => {
    const { criticalMassVerb } =
      require('../sitting/critical-mass-verb') as typeof import('../sitting/critical-mass-verb');
    await criticalMassVerb({ ...flags, addresses: addressesOf(flags) });
  });
}
