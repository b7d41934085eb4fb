/** `theriac datasets`: what can be played on, and whether its files are here. */
import type { Command } from 'commander';

export function addDatasets(program: Command): void {
  program
    .command('datasets')
    .description('list the data sets')
    .option('--json', 'print one JSON document')
    .action(async (flags: { json?: boolean }) => {
      const { datasetsVerb } = require('../inspection/datasets-verb') as typeof import('../inspection/datasets-verb');
      await datasetsVerb(flags.json === true);
    });
}
