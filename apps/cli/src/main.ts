/** The process around the program: exit code, a closed pipe, and an end even if something forgot to let go. */
import { runProgram } from './program';

const lingerMilliseconds = 3_000;

/** Runs `theriac` with these arguments and ends the process with its exit code. */
export function main(argv: readonly string[]): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // The reader of our output has gone, as `| head` does.
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  void runProgram(argv).then((exitCode) => {
    process.exitCode = exitCode;
    // A pipe's reader may be slow: what it has not taken yet would be lost.
    process.stdout.write('', () => void setTimeout(() => process.exit(exitCode), lingerMilliseconds).unref());
  });
}
