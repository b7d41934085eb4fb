/**
 * One driver per run directory. Each owner holds the file `lock-<epoch>`, made by an exclusive link; the highest epoch owns
 * the run. A dead owner is followed by the next epoch, so that a late writer can see that it has been replaced.
 */
import { linkSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { TheriacError } from '@theriac/tensors';

interface Owner {
  readonly pid: number;
  readonly host: string;
  /** Start time of the process in clock ticks, where the system tells; guards against a process id used again. */
  readonly started: string;
  readonly released?: boolean;
}

export interface RunLock {
  readonly epoch: number;
  /** Throws FAILED_PRECONDITION when another driver has taken the run over. */
  ensureHeld(): void;
  release(): void;
}

const lockFile = /^lock-(\d+)$/;

/** Locks a run directory. Throws FAILED_PRECONDITION naming the owner where a living one holds it. */
export function lockRun(directory: string): RunLock {
  const current = latestEpoch(directory);
  if (current > 0) {
    const owner = readOwner(join(directory, `lock-${current}`));
    if (owner !== undefined && owner.released !== true && isAlive(owner)) throw held(directory, owner, current);
  }
  const epoch = current + 1;
  const path = join(directory, `lock-${epoch}`);
  const me: Owner = { pid: process.pid, host: hostname(), started: startOf(process.pid) };
  if (!createExclusively(path, me)) throw held(directory, readOwner(path), epoch);
  for (const old of epochs(directory)) if (old < epoch) rmSync(join(directory, `lock-${old}`), { force: true });
  return {
    epoch,
    ensureHeld() {
      const latest = latestEpoch(directory);
      if (latest === epoch) return;
      throw new TheriacError('another driver has taken this run over', {
        code: 'FAILED_PRECONDITION',
        field: directory,
        found: `epoch ${latest}`,
        allowed: `epoch ${epoch}`,
        remedy: 'Leave the run to it, or wait for its end.',
      });
    },
    release() {
      if (latestEpoch(directory) === epoch) writeFileSync(path, JSON.stringify({ ...me, released: true }));
    },
  };
}

function createExclusively(path: string, owner: Owner): boolean {
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, JSON.stringify(owner));
  try {
    linkSync(temporary, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
}

function epochs(directory: string): number[] {
  return readdirSync(directory).flatMap((name) => {
    const match = lockFile.exec(name);
    return match === null ? [] : [Number(match[1])];
  });
}

function latestEpoch(directory: string): number {
  return Math.max(0, ...epochs(directory));
}

function readOwner(path: string): Owner | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Owner;
  } catch {
    return undefined;
  }
}

/** An owner on another host is taken to live: nobody here can tell. */
function isAlive(owner: Owner): boolean {
  if (owner.host !== hostname()) return true;
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  return owner.started === '' || startOf(owner.pid) === owner.started;
}

/** Field 22 of /proc/<pid>/stat; empty where the system has no /proc. */
function startOf(pid: number): string {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}

function held(directory: string, owner: Owner | undefined, epoch: number): TheriacError {
  return new TheriacError(`the run ${directory} is being played by another process`, {
    code: 'FAILED_PRECONDITION',
    field: directory,
    found: owner === undefined ? `epoch ${epoch}` : `process ${owner.pid} on ${owner.host}`,
    remedy: `Wait for it, or end it; if that host is gone, remove ${join(directory, `lock-${epoch}`)}.`,
  });
}
