/** `theriac play`: one game, from clean training to the report. */
import type { Command } from 'commander';
import { constraintKinds } from '@theriac/game';
import type { PlayFlags } from '../arguments/game-settings';
import { addressesOf, collect, withServices, withView } from './shared-options';
import type { ServiceFlags, ViewFlags } from './shared-options';

interface Flags extends PlayFlags, ServiceFlags, ViewFlags {
  readonly runsDir: string;
  readonly reuse?: boolean;
  readonly fresh?: boolean;
}

export function addPlay(program: Command): void {
  const verb = program
    .command('play')
    .description('play a game: train clean, craft poison, retrain, score, report')
    .requiredOption('--dataset <id>', 'data set (theriac datasets), or path:FOLDER_OR_FILE for your own')
    .requiredOption('--model <id>', 'model, for example lr')
    .option('--attack <id>', 'attack (theriac attacks)')
    .option('--target <kind>', 'short for --option target=<kind>')
    .option(
      '--poison-fraction <fraction>',
      "poison rows per clean row; 0: plain training; 'everything' for attacks that replace rows",
      '0.03',
    )
    .option(
      '--constraint <kinds>',
      `what the attacker may do to a row, by comma: ${constraintKinds.join(', ')}`,
      'none',
    )
    .option('--radius <number>', 'radius of the linf-ball, in stored units (pixels in [0, 1])')
    .option('--fixed-labels', "poison rows keep their base rows' labels")
    .option(
      '--follower <kind>',
      "who computes the defender's derivatives for the attack: local (the attacker) or remote (the trainer)",
      'local',
    )
    .option(
      '--defence <chain>',
      'what the trainer defends itself with (theriac defences): id, id:option=value, several by comma',
      'none',
    )
    .option('--validation <rows>', 'training rows held out from the end as clean data that both players may see', '0')
    .option('--option <name=value>', "an attack's option, repeatable", collect, [])
    .option(
      '--protocol <ids>',
      'how the defender trains, repeatable; id@n: with n epochs (default: what the model is published with)',
      collect,
    )
    .option(
      '--attacker-protocol <id>',
      'how the attacker trains the clean model it starts from (default: by the attack)',
    )
    .option('--seeds <count>', 'how many fresh defenders to train, seeds N+1 to N+count', '3')
    .option('--seed <N>', 'seed of the attack', '0')
    .option('--train-limit <rows>', 'use the first rows only; 0: all', '0')
    .option('--scaling <kind>', 'how stored values become model input: standardised, symmetric, stored', 'standardised')
    .option('--runs-dir <folder>', 'where runs are kept', 'runs')
    .option('--reuse', 'show a finished run of the same game instead of playing it again')
    .option('--fresh', 'play from the start, sharing nothing with earlier runs');
  withView(withServices(verb)).action(async (flags: Flags) => {
    const { playVerb } = require('../sitting/play-verb') as typeof import('../sitting/play-verb');
    await playVerb({ ...flags, addresses: addressesOf(flags) });
  });
}
