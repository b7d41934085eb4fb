/** A sitting with a run directory: the lock is taken, what a kill left behind is cleared, and what is damaged is told. */
import { join } from 'node:path';
import { manifestText } from '@theriac/game';
import type { Manifest } from '@theriac/game';
import { makeFolder } from './disk-error';
import { openEventLog } from './event-log';
import type { EventLog } from './event-log';
import { lockRun } from './lock';
import type { RunLock } from './lock';
import { beginRun } from './run-directory';
import type { RunDirectory } from './run-directory';

export interface TakenRun<M extends Manifest = Manifest> {
  /** The manifest as its file has it: names in order, whoever composed it, since what is written of it has to be the same. */
  readonly manifest: M;
  readonly run: RunDirectory;
  readonly lock: RunLock;
  readonly events: EventLog;
}

/**
 * Takes the run at `path` over, or begins it; `note` is told of what is damaged and will be done again. The caller releases
 * the lock. Throws FAILED_PRECONDITION where another driver holds it, or another game is there.
 */
export function takeRun<M extends Manifest>(path: string, manifest: M, note: (line: string) => void): TakenRun<M> {
  makeFolder(path);
  const lock = lockRun(path);
  try {
    const events = openEventLog(join(path, 'events.jsonl'));
    const damaged = (what: string): void => {
      note(`${what}: going back to what is whole`);
      events.write({ event: 'damaged', what });
    };
    const run = beginRun(path, manifest, { fence: lock.ensureHeld, damaged });
    events.write({ event: 'begin', epoch: lock.epoch, pid: process.pid });
    run.sweep();
    // Who sees a whole card does not play the run again.
    if (run.finished) damaged(`${run.file('card.json')} is torn or changed`);
    return { manifest: JSON.parse(manifestText(manifest)) as M, run, lock, events };
  } catch (error) {
    lock.release();
    throw error;
  }
}
