/**
 * One driver per run directory. Each owner holds the file `lock-<epoch>`, made by an exclusive link; the highest epoch owns
 * the run. A dead owner is followed by the next epoch, and every write asks first whether it has been replaced.
 * An owner of another machine or container gives a sign of life every few seconds, and counts as gone a minute after its last.
 */
import { randomUUID } from 'node:crypto';
import {
  closeSync,
  existsSync,
  linkSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { TheriacError } from '@theriac/tensors';
import type { ErrorDetail } from '@theriac/tensors';
import { writeFileAtomic } from './atomic-file';
import { onDisk } from './disk-error';
import { isRunning, thisProcess } from './process-identity';
import type { ProcessIdentity } from './process-identity';

interface Owner extends ProcessIdentity {
  /** Names this claim, whatever becomes of the file. */
  readonly token: string;
  readonly released?: boolean;
}

export interface RunLock {
  readonly epoch: number;
  /** Throws FAILED_PRECONDITION when another driver has taken the run over. */
  ensureHeld(): void;
  release(): void;
}

const refusals = new WeakSet<Error>();

/** Whether this error says that another driver plays the run: it may be tried again when that one is done. */
export const isHeldElsewhere = (error: unknown): boolean => error instanceof TheriacError && refusals.has(error);

const lockFile = /^lock-(\d+)$/;
const beatMilliseconds = 5_000;
const leaseMilliseconds = 60_000;

/** Locks a run directory. Throws FAILED_PRECONDITION naming the owner where a living one holds it. */
export function lockRun(directory: string): RunLock {
  const me: Owner = { ...thisProcess(), token: randomUUID() };
  const temporary = join(directory, `lock.${me.token}.tmp`);
  const claim = (): number => {
    writeFileSync(temporary, JSON.stringify(me));
    try {
      return claimEpoch(directory, temporary);
    } finally {
      rmSync(temporary, { force: true });
    }
  };
  const epoch = onDisk(directory, claim);
  const path = join(directory, `lock-${epoch}`);
  const isHeld = (): boolean => latestEpoch(directory) === epoch && readOwner(path)?.token === me.token;
  const beat = setInterval(() => {
    if (isHeld()) touch(path, me);
  }, beatMilliseconds).unref();
  return {
    epoch,
    ensureHeld() {
      if (isHeld()) return;
      throw refusal('another driver has taken this run over', {
        field: directory,
        found: `epoch ${latestEpoch(directory)}`,
        allowed: `epoch ${epoch}`,
        remedy: 'Leave the run to it, or wait for its end.',
      });
    },
    release() {
      clearInterval(beat);
      if (!isHeld()) return;
      try {
        writeFileAtomic(path, JSON.stringify({ ...me, released: true }));
      } catch {
        rmSync(path, { force: true }); // a full disk has room for that
      }
    },
  };
}

/** Links the next epoch to `claim`, a file that names its owner. */
function claimEpoch(directory: string, claim: string): number {
  const current = latestEpoch(directory);
  // The claim was written just now: its time is now by the clock of whoever keeps the files.
  if (current > 0) requireGone(directory, current, statSync(claim).mtimeMs);
  const epoch = current + 1;
  const path = join(directory, `lock-${epoch}`);
  try {
    linkSync(claim, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw held(directory, readOwner(path), epoch);
    throw error;
  }
  const latest = latestEpoch(directory);
  if (latest !== epoch) {
    // Others have come and gone since we looked.
    rmSync(path, { force: true });
    throw held(directory, readOwner(join(directory, `lock-${latest}`)), latest);
  }
  for (const old of epochs(directory)) if (old < epoch) rmSync(join(directory, `lock-${old}`), { force: true });
  return epoch;
}

function requireGone(directory: string, epoch: number, now: number): void {
  const path = join(directory, `lock-${epoch}`);
  const owner = readOwner(path);
  if (owner === undefined || owner.released === true) return;
  const runs = isRunning(owner);
  if (runs === false) return;
  if (runs === undefined && now - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0) > leaseMilliseconds) return;
  throw held(directory, owner, epoch, runs === undefined);
}

/** A sign of life: the same bytes again, so that the time is set by whoever keeps the file. */
function touch(path: string, owner: Owner): void {
  try {
    const file = openSync(path, 'r+');
    try {
      writeSync(file, JSON.stringify(owner), 0);
    } finally {
      closeSync(file);
    }
  } catch {
    return; // whether the run is still held is asked before every write
  }
}

function epochs(directory: string): number[] {
  const names = existsSync(directory) ? readdirSync(directory) : [];
  return names.flatMap((name) => {
    const match = lockFile.exec(name);
    return match === null ? [] : [Number(match[1])];
  });
}

function latestEpoch(directory: string): number {
  return Math.max(0, ...epochs(directory));
}

/** Undefined where there is none, or where a crash of the machine left none that can be read. */
function readOwner(path: string): Owner | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Owner;
  } catch {
    return undefined;
  }
}

function held(directory: string, owner: Owner | undefined, epoch: number, elsewhere = false): TheriacError {
  const lease = `it counts as gone ${leaseMilliseconds / 1000} s after its last sign of life`;
  return refusal(`the run ${directory} is being played by another process`, {
    field: directory,
    found: owner === undefined ? `epoch ${epoch}` : `process ${owner.pid} on ${owner.host}`,
    remedy: `Wait for it, or end it${elsewhere ? `; ${lease}` : ''}.`,
  });
}

function refusal(what: string, detail: Omit<ErrorDetail, 'code'>): TheriacError {
  const error = new TheriacError(what, { code: 'FAILED_PRECONDITION', ...detail });
  refusals.add(error);
  return error;
}
