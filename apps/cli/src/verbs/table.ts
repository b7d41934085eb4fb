/** `theriac table`: a table of the lecture, measured again. */
import type { Command } from 'commander';
import { addressesOf, collect, withServices, withView } from './shared-options';
import type { ServiceFlags, ViewFlags } from './shared-options';

export interface TableFlags extends ViewFlags {
  readonly profile: string;
  readonly cells?: readonly string[];
  readonly plan?: boolean;
  readonly probe?: string;
  readonly keep?: boolean;
  readonly render?: boolean;
  readonly fresh?: boolean;
  readonly output?: string;
  readonly experiments?: string;
  readonly runsDir: string;
}

export function addTable(program: Command): void {
  const verb = program
    .command('table')
    .description("play what a table of the lecture lacks, and put the lecture's figures beside the measured ones")
    .argument('[name]', 'the table; without one, the tables are listed')
    .option('--profile <name>', 'quick (2 cores, minutes), standard (2 cores, hours), paper (as published)', 'quick')
    .option('--cells <glob>', 'only these cells, repeatable, for example "lr-*" or "*-{tgda,min-max}"', collect)
    .option('--plan', 'play nothing: list the cells, what is measured, and how long the others would take')
    .option('--probe <seconds>', 'measure no cell: find its pace from about so long of each kind of its work')
    .option('--render', 'play nothing: render what is measured')
    .option('--keep', "put new cards among the table's measured ones, experiments/<table>/results/<profile>/")
    .option('--fresh', 'play again what is measured')
    .option('--output <folder>', 'where the rendered table goes (default <runs-dir>/tables)')
    .option('--experiments <folder>', 'where the tables are described (default: those of Theriac)')
    .option('--runs-dir <folder>', 'where runs are kept; finished ones count, unfinished ones go on', 'runs');
  withView(withServices(verb)).action(async (name: string | undefined, flags: TableFlags & ServiceFlags) => {
    const { tableVerb } = require('../sitting/table-verb') as typeof import('../sitting/table-verb');
    await tableVerb(name, { ...flags, addresses: addressesOf(flags) });
  });
}
