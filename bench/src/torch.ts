/** Plain PyTorch in a process of its own, asked for one timing after another: a yardstick, never a need. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** A piece of work that both sides do. */
export interface Work {
  readonly model: string;
  readonly work: string;
  /** Rows of the batch. */
  readonly rows: number;
}

export interface Torch {
  readonly version: string;
  /** Milliseconds a call, over `calls` of them. */
  time(work: Work, calls: number): Promise<number>;
  close(): void;
}

/** Starts `bench/torch_models.py` by THERIAC_PYTHON (python3); undefined when that has no torch. */
export async function startTorch(threads: number): Promise<Torch | undefined> {
  const python = process.env['THERIAC_PYTHON'] || 'python3';
  const child = spawn(python, [join(__dirname, '..', 'torch_models.py'), String(threads)], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, OMP_NUM_THREADS: String(threads) },
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async (): Promise<unknown> => {
    const line = await lines.next();
    return line.done === true ? undefined : JSON.parse(line.value);
  };
  const started = await Promise.race([answer(), once(child, 'error').then(() => undefined)]);
  if (started === undefined) return undefined;
  return {
    version: (started as { version: string }).version,
    async time(work, calls) {
      child.stdin.write(`${JSON.stringify({ ...work, calls })}\n`);
      const found = await answer();
      if (found === undefined) throw new Error(`PyTorch has ended at ${work.model}, ${work.work}`);
      return (found as { ms: number }).ms;
    },
    close: () => void child.stdin.end(),
  };
}
