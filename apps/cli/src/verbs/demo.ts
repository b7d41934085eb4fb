/** `theriac demo`, which is `npm start`: label flip against Gradient Canceling, in one table. */
import type { Command } from 'commander';

export interface DemoFlags {
  readonly seeds: string;
  readonly runsDir: string;
  readonly quiet?: boolean;
  readonly fresh?: boolean;
}

export function addDemo(program: Command): void {
  program
    .command('demo')
    .description('three games on MNIST with 3% poison, in one table: what `npm start` plays')
    .option('--seeds <count>', 'how many fresh defenders to train in each game', '2')
    .option('--runs-dir <folder>', 'where runs are kept', 'runs')
    .option('--fresh', 'share nothing with earlier runs')
    .option('--quiet', 'no progress')
    .action(async (flags: DemoFlags) => {
      const { demoVerb } = require('../sitting/demo-verb') as typeof import('../sitting/demo-verb');
      await demoVerb(flags);
    });
}
