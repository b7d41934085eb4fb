import { fork } from 'node:child_process';
import { dirname, join } from 'node:path';
import { TheriacError } from '@theriac/tensors';

export interface LoopingDriver {
  readonly pid: number;
  /** Plays a command line to its end. Throws ABORTED with the last words of a command that fails. */
  play(args: readonly string[]): Promise<void>;
  stop(): void;
}

/** Starts the built driver loop. */
export function startDriver(): LoopingDriver {
  const program = join(dirname(dirname(__dirname)), 'dist', 'soak', 'driver-loop.js');
  const child = fork(program, [], { execArgv: ['--expose-gc'], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  let words = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (words = (words + text).slice(-4000)));
  return {
    pid: child.pid ?? -1,
    play: (args) =>
      new Promise((resolve, reject) => {
        const failed = (how: string): void =>
          reject(
            new TheriacError(`a game failed (${how}): ${words.trim()}`, { code: 'ABORTED', field: args.join(' ') }),
          );
        const died = (code: number | null): void => failed(`the driver ended with code ${code}`);
        child.once('exit', died);
        child.once('message', (code) => {
          child.off('exit', died);
          if (code === 0) resolve();
          else failed(`exit code ${String(code)}`);
        });
        child.send(args, (error) => error && failed(error.message));
      }),
    stop() {
      if (child.connected) child.disconnect();
    },
  };
}
