/** `theriac doctor`: what was found on this machine, what was chosen, why, and what would be faster. */
import type { Command } from 'commander';

export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .description('look at the engine, the machine and the data')
    .option('--json', 'print one JSON document')
    .action(async (flags: { json?: boolean }) => {
      const { doctorVerb } = require('../inspection/doctor-verb') as typeof import('../inspection/doctor-verb');
      await doctorVerb(flags.json === true);
    });
}
