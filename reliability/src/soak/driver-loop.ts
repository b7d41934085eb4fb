/** One driver that plays game after game, in one process: plays the command line it is sent, answers with the exit code. */
import { runProgram } from '@theriac/cli';

process.on('message', (args: readonly string[]) => {
  void runProgram(['node', 'theriac', ...args]).then((code) => {
    (globalThis as { gc?: () => void }).gc?.();
    process.send?.(code);
  });
});
process.on('disconnect', () => process.exit(0));
