/** Games of a sweep side by side on this machine: worker processes that take the next game as soon as they are free. */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { TheriacError } from '@theriac/tensors';
import { gameQueue, mostAttempts } from './game-queue';
import type { GameQueue, QueuedGame } from './game-queue';
import type { FromWorker, ToWorker } from './messages';

export interface LocalSweep {
  /** The plan's file, and what it said when this sweep began. */
  readonly plan: { readonly file: string; readonly content: string };
  readonly runsDir: string;
  /** Games to play, in order; read one at a time. */
  readonly games: Iterator<number>;
  readonly workers: number;
  /** Threads of each worker's engines. */
  readonly threads: number;
  readonly signal: AbortSignal;
  onPlayed(index: number, seconds: number): void;
  onFailed(index: number, line: string): void;
  /** Something that the user should know, and that ends nothing. */
  note(line: string): void;
}

const wordsKept = 2000;

/**
 * Plays every game; resolves when all are played or have failed. Throws CANCELLED, UNAVAILABLE when no worker can start, and
 * RESOURCE_EXHAUSTED as soon as the disk refuses.
 */
export async function playLocally(sweep: LocalSweep): Promise<void> {
  const queue = gameQueue(sweep.games);
  const stop = new AbortController();
  const sitting = { ...sweep, signal: AbortSignal.any([sweep.signal, stop.signal]) };
  const throwIfStopped = (): void => {
    if (sweep.signal.aborted) throw interrupted();
    sitting.signal.throwIfAborted();
  };
  async function slot(): Promise<void> {
    for (let game = queue.next(); game !== undefined; game = queue.next()) {
      const end = await live(sitting, game, queue, (line) => stop.abort(refusedEverywhere(line)));
      throwIfStopped();
      if (end.kind === 'never ready') throw cannotStart(end.how);
      if (end.kind !== 'died') continue;
      if (queue.again(end.index))
        sweep.note(`game ${end.index}: its worker died (${end.how}); another one goes on with it`);
      else sweep.onFailed(end.index, `its worker died ${mostAttempts} times: ${end.how}`);
    }
  }
  const slots = await Promise.allSettled(Array.from({ length: sweep.workers }, slot));
  const failed = slots.find((one) => one.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

type End =
  | { readonly kind: 'idle' }
  | { readonly kind: 'never ready'; readonly how: string }
  | { readonly kind: 'died'; readonly index: number; readonly how: string };

/** The life of one worker, from its first game to the last there is. */
function live(sweep: LocalSweep, first: QueuedGame, queue: GameQueue, refused: (line: string) => void): Promise<End> {
  const worker = start(sweep);
  const words = lastWords(worker);
  const stop = (): void => void worker.kill('SIGTERM');
  sweep.signal.addEventListener('abort', stop, { once: true });
  let current: QueuedGame | undefined = first;
  let ready = false;
  const tell = (message: ToWorker): void => void worker.send(message, () => undefined); // one that is gone says so by its exit
  tell({ kind: 'plan', ...sweep.plan });

  function hear(message: FromWorker): void {
    if (message.kind === 'ready') ready = true;
    else if (message.kind === 'played') sweep.onPlayed(message.index, message.seconds);
    else if (message.kind === 'held') queue.later(message.index);
    else if (message.everywhere) refused(message.line);
    else sweep.onFailed(message.index, message.line);
  }

  return new Promise<End>((resolve) => {
    worker.on('message', (message: FromWorker) => {
      hear(message);
      if (message.kind !== 'ready') current = sweep.signal.aborted ? undefined : queue.next();
      if (current === undefined) worker.disconnect();
      else tell({ kind: 'play', ...current });
    });
    worker.on('exit', (code, signal) => {
      sweep.signal.removeEventListener('abort', stop);
      const how = words() || (signal === null ? `exit code ${code}` : `signal ${signal}`);
      if (current === undefined) resolve({ kind: 'idle' });
      else resolve(ready ? { kind: 'died', index: current.index, how } : { kind: 'never ready', how });
    });
  });
}

function start({ runsDir, threads }: LocalSweep): ChildProcess {
  return fork(join(__dirname, 'worker.js'), [runsDir], {
    env: { ...process.env, THERIAC_THREADS: String(threads) },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
}

/** The last line that a worker wrote on standard error. */
function lastWords({ stderr }: ChildProcess): () => string {
  let text = '';
  stderr?.setEncoding('utf8');
  stderr?.on('data', (more: string) => (text = (text + more).slice(-wordsKept)));
  return () =>
    text
      .trim()
      .split('\n')
      .at(-1)
      ?.replace(/^theriac: /, '') ?? '';
}

function cannotStart(how: string): TheriacError {
  return new TheriacError('a worker of the sweep cannot start', {
    code: 'UNAVAILABLE',
    found: how,
    remedy: 'Play one game by itself to see why: theriac sweep PLAN --index 0.',
  });
}

const remedy = 'The same command goes on with what is missing.';

const interrupted = (): TheriacError => new TheriacError('interrupted', { code: 'CANCELLED', remedy });

function refusedEverywhere(line: string): TheriacError {
  const why = line.replace(/ Run `theriac resume .*$/, ''); // resuming one game is not what is wanted here
  return new TheriacError(`the sweep stopped: ${why}`, { code: 'RESOURCE_EXHAUSTED', remedy });
}
