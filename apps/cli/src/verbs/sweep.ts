/** `theriac sweep`: every combination of a grid of settings, played side by side. */
import { Option } from 'commander';
import type { Command } from 'commander';
import { withCluster } from './cluster-options';
import type { ClusterFlags } from './cluster-options';
import { addressesOf, withServices, withView } from './shared-options';
import type { ServiceFlags, ViewFlags } from './shared-options';

export interface SweepFlags extends ViewFlags, ClusterFlags {
  readonly engine: 'local' | 'kubernetes';
  readonly cores?: string;
  readonly threads: string;
  readonly memory?: string;
  readonly memoryPerGame: string;
  readonly index?: string;
  readonly games?: string;
  readonly dryRun?: boolean;
  readonly runsDir: string;
}

export function addSweep(program: Command): void {
  const verb = program
    .command('sweep')
    .description('play every combination of a grid of settings, side by side; only what is missing is played')
    .argument('<plan>', 'a YAML file: game (what all share), grid (what varies), options-of (options by attack)')
    .addOption(
      new Option('--engine <name>', 'where games are played').choices(['local', 'kubernetes']).default('local'),
    )
    .option('--cores <count>', 'cores that may be used (default: all)')
    .option('--threads <count>', 'threads of the engines of one game', '1')
    .option('--memory <MiB>', 'memory that may be used (default: four fifths of the machine)')
    .option('--memory-per-game <MiB>', 'memory that a game takes: driver and three services', '2560')
    .option('--index <number>', 'play this one game only, in this process')
    .addOption(new Option('--games <file>', 'within a Job: the games that its indexes stand for').hideHelp())
    .option('--dry-run', 'play nothing: list the games, and which are played')
    .option(
      '--runs-dir <folder>',
      'where runs and cards are kept; finished games count, unfinished ones go on',
      'runs',
    );
  withView(withServices(withCluster(verb))).action(async (plan: string, flags: SweepFlags & ServiceFlags) => {
    const { sweepVerb } = require('../sitting/sweep-verb') as typeof import('../sitting/sweep-verb');
    await sweepVerb(plan, { ...flags, addresses: addressesOf(flags) });
  });
}
