/** Games of a sweep side by side on this machine: worker processes that take the next game as soon as they are free. */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { TheriacError } from '@theriac/tensors';
import type { FromWorker, ToWorker } from './messages';

export interface LocalSweep {
  /** The plan's file. */
  readonly plan: string;
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

/** How often a game is given to another worker after the one that played it has died. */
const mostAttempts = 3;
const wordsKept = 2000;

/** Plays every game; resolves when all are played or have failed. Throws CANCELLED, and UNAVAILABLE when no worker can start. */
export async function playLocally(sweep: LocalSweep): Promise<void> {
  const again: number[] = [];
  const attempts = new Map<number, number>();
  const next = (): number | undefined => {
    const repeated = again.shift();
    if (repeated !== undefined) return repeated;
    const found = sweep.games.next();
    return found.done === true ? undefined : found.value;
  };

  /** A worker that died takes its game with it only after several attempts. */
  function lost(index: number, how: string): void {
    const tried = (attempts.get(index) ?? 0) + 1;
    attempts.set(index, tried);
    if (tried >= mostAttempts) return sweep.onFailed(index, `its worker died ${tried} times: ${how}`);
    sweep.note(`game ${index}: its worker died (${how}); another one goes on with it`);
    again.push(index);
  }

  async function slot(): Promise<void> {
    for (let index = next(); index !== undefined; index = next()) {
      const end = await live(sweep, index, next);
      if (sweep.signal.aborted) throw sweep.signal.reason;
      if (end.kind === 'never ready') throw cannotStart(end.how);
      if (end.kind === 'died') lost(end.index, end.how);
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
function live(sweep: LocalSweep, first: number, next: () => number | undefined): Promise<End> {
  const worker = start(sweep);
  const words = lastWords(worker);
  const stop = (): void => void worker.kill('SIGTERM');
  sweep.signal.addEventListener('abort', stop, { once: true });
  let current: number | undefined = first;
  let ready = false;
  const give = (): void => {
    if (current === undefined) worker.disconnect();
    else worker.send({ index: current } satisfies ToWorker, () => undefined); // one that is gone says so by its exit
  };
  return new Promise<End>((resolve) => {
    worker.on('message', (message: FromWorker) => {
      if (message.kind === 'ready') ready = true;
      else {
        if (message.kind === 'played') sweep.onPlayed(message.index, message.seconds);
        else sweep.onFailed(message.index, message.line);
        current = sweep.signal.aborted ? undefined : next();
      }
      give();
    });
    worker.on('exit', (code, signal) => {
      sweep.signal.removeEventListener('abort', stop);
      const how = words() || (signal === null ? `exit code ${code}` : `signal ${signal}`);
      if (current === undefined) resolve({ kind: 'idle' });
      else resolve(ready ? { kind: 'died', index: current, how } : { kind: 'never ready', how });
    });
  });
}

function start({ plan, runsDir, threads }: LocalSweep): ChildProcess {
  return fork(join(__dirname, 'worker.js'), [plan, runsDir], {
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
