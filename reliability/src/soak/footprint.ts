import { readdirSync, readFileSync } from 'node:fs';
import { TheriacError } from '@theriac/tensors';

/** What a process holds. */
export interface Footprint {
  readonly residentMib: number;
  readonly descriptors: number;
}

/** Resident memory and open file descriptors of a process. Throws UNAVAILABLE where /proc does not tell. */
export function footprintOf(pid: number): Footprint {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const kib = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]);
    return { residentMib: kib / 1024, descriptors: readdirSync(`/proc/${pid}/fd`).length };
  } catch (error) {
    throw new TheriacError(`the memory of process ${pid} cannot be read: ${(error as Error).message}`, {
      code: 'UNAVAILABLE',
      field: `/proc/${pid}`,
      remedy: 'Run the soak on Linux, and see whether the process has ended.',
    });
  }
}
