/** The same functions in torch, where Python can import it: a yardstick, never a need. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { FunctionName } from './numerics';

export interface TorchTimes {
  readonly version: string;
  /** Median milliseconds. */
  readonly milliseconds: Readonly<Record<FunctionName, number>>;
}

/** Times by `bench/torch_lr.py`; undefined when there is no torch. */
export function timeTorch(threads: number): TorchTimes | undefined {
  const python = process.env['THERIAC_PYTHON'] ?? 'python3';
  const { status, stdout } = spawnSync(python, [join(__dirname, '..', 'torch_lr.py'), String(threads)], {
    encoding: 'utf8',
  });
  return status === 0 ? (JSON.parse(stdout) as TorchTimes) : undefined;
}
