/** The command line: every verb in its own file, its work loaded only when it is asked for. */
import { Command, CommanderError } from 'commander';
import { exitCodes, reportFailure } from './presentation/failure';
import { addAttacks } from './verbs/attacks';
import { addCertificates } from './verbs/certificates';
import { addConformance } from './verbs/conformance';
import { addCriticalMass } from './verbs/critical-mass';
import { addCorrupt } from './verbs/corrupt';
import { addDatasets } from './verbs/datasets';
import { addDefences } from './verbs/defences';
import { addDemo } from './verbs/demo';
import { addDoctor } from './verbs/doctor';
import { addOnline } from './verbs/online';
import { addPlay } from './verbs/play';
import { addResume } from './verbs/resume';
import { addScenario } from './verbs/scenario';
import { addSweep } from './verbs/sweep';
import { addTable } from './verbs/table';
import { addThreshold } from './verbs/threshold';
import { version } from './version';

const description =
  'Data poisoning played as a bilevel game: an attacker crafts poison, a defender retrains, an evaluator scores.';

/** The program with all verbs. */
export function createProgram(): Command {
  const program = new Command('theriac')
    .description(description)
    .version(version)
    .exitOverride()
    .configureOutput({
      outputError: (text, write) =>
        write(
          `theriac: ${text
            .replace(/^error: /, '')
            .replace(/\s+/g, ' ')
            .trim()} (see theriac --help)\n`,
        ),
    });
  for (const add of [
    addPlay,
    addOnline,
    addResume,
    addCorrupt,
    addThreshold,
    addScenario,
    addCriticalMass,
    addTable,
    addSweep,
    addAttacks,
    addDefences,
    addDatasets,
    addDoctor,
    addCertificates,
    addConformance,
    addDemo,
  ])
    add(program);
  for (const verb of program.commands) verb.exitOverride().copyInheritedSettings(program);
  return program;
}

/** Runs a command line (as `process.argv` has it) and gives the exit code. */
export async function runProgram(argv: readonly string[]): Promise<number> {
  try {
    await createProgram().parseAsync([...argv]);
    return exitCodes.done;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
    return reportFailure(error);
  }
}
