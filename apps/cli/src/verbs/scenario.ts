/** `theriac scenario`: poisoning at web scale, simulated, and played as a game where asked for. */
import type { Command } from 'commander';
import { describeOption } from '@theriac/game';
import type { OptionSpec } from '@theriac/game';
import { downloadProtections, frontrunningOptions, snapshotProtections, splitViewOptions } from '@theriac/web-scale';
import { addressesOf, collect, withServices, withView } from './shared-options';
import type { ServiceFlags, ViewFlags } from './shared-options';

export interface ScenarioFlags extends ServiceFlags, ViewFlags {
  readonly seed: string;
  readonly protection: string;
  readonly play?: boolean;
  readonly dataset?: string;
  readonly model?: string;
  readonly attack?: string;
  readonly constraint: string;
  readonly radius?: string;
  readonly fixedLabels?: boolean;
  readonly option: readonly string[];
  readonly defence: string;
  readonly protocol?: readonly string[];
  readonly seeds: string;
  readonly trainLimit: string;
  readonly scaling: string;
  readonly runsDir: string;
  readonly reuse?: boolean;
  readonly fresh?: boolean;
  readonly measureHash?: string;
  readonly hashImages?: string;
}

export function addScenario(program: Command): void {
  const verb = program
    .command('scenario')
    .description(
      'poisoning at web scale: what share of a data set an attacker captures, at what cost, and who stops it',
    );
  const splitView = verb
    .command('split-view')
    .description(
      'expired domains are bought, and an index is downloaded again: the rows are no longer what was curated',
    );
  withScenario(splitView, splitViewOptions, downloadProtections)
    .option('--measure-hash <dataset>', 'measure the perceptual hash on images of this data set, by re-encoding them')
    .option('--hash-images <count>', 'how many of its images (default 300)')
    .action(async (flags: ScenarioFlags & Record<string, unknown>) => {
      const { splitViewVerb } = require('../sitting/scenario-verb') as typeof import('../sitting/scenario-verb');
      await splitViewVerb({ ...flags, addresses: addressesOf(flags) }, given(flags, splitViewOptions));
    });
  const frontrunning = verb
    .command('frontrunning')
    .description('articles are edited just before a snapshot captures them, and reverted after it');
  withScenario(frontrunning, frontrunningOptions, snapshotProtections).action(
    async (flags: ScenarioFlags & Record<string, unknown>) => {
      const { frontrunningVerb } = require('../sitting/scenario-verb') as typeof import('../sitting/scenario-verb');
      await frontrunningVerb({ ...flags, addresses: addressesOf(flags) }, given(flags, frontrunningOptions));
    },
  );
}

function withScenario(command: Command, specs: readonly OptionSpec[], protections: readonly string[]): Command {
  for (const spec of specs) {
    const text = `${spec.description}: ${spec.name === 'lead' ? 'auto, or a number (minutes)' : describeOption(spec)}`;
    command.option(`--${spec.name} <value>`, text, String(spec.default));
  }
  command
    .option('--seed <N>', 'seed of what is drawn, and of the attack that is played', '0')
    .option('--play', 'play a game with the rows that were captured; the options below are those of `theriac play`')
    .option('--protection <id>', `what the defender does in that game: ${protections.join(', ')}`, 'none')
    .option('--dataset <id>', 'data set of the game: its rows are a sample of the index, or articles of the snapshot')
    .option('--model <id>', 'model, for example lr')
    .option('--attack <id>', 'what the attacker puts in the rows (theriac attacks)')
    .option('--option <name=value>', "an attack's option, repeatable", collect, [])
    .option('--constraint <kinds>', 'what the attacker may do to a row', 'none')
    .option('--radius <number>', 'radius of the linf-ball, in stored units')
    .option('--fixed-labels', "poison rows keep their base rows' labels")
    .option('--defence <chain>', 'what the trainer defends itself with (theriac defences)', 'none')
    .option('--protocol <ids>', 'how the defender trains, repeatable', collect)
    .option('--seeds <count>', 'how many fresh defenders to train', '3')
    .option('--train-limit <rows>', 'use the first rows only; 0: all', '0')
    .option('--scaling <kind>', 'how stored values become model input', 'standardised')
    .option('--runs-dir <folder>', 'where runs are kept', 'runs')
    .option('--reuse', 'show a finished run of the same game instead of playing it again')
    .option('--fresh', 'play from the start, sharing nothing with earlier runs');
  return withView(withServices(command));
}

/** The scenario's own options among the flags. */
function given(flags: Readonly<Record<string, unknown>>, specs: readonly OptionSpec[]): Record<string, unknown> {
  const flagOf = (name: string): string => name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
  return Object.fromEntries(specs.map(({ name }) => [name, flags[flagOf(name)]]));
}
