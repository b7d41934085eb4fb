/**
 * A game without a run, for a verb that trains or scores a little and keeps only what it says: its folder lies in <runs>/.work
 * until it is done, so that the same command goes on where it was killed.
 */
import { existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { canonicalJson, manifestDigest, sha256Hex } from '@theriac/game';
import type { Manifest } from '@theriac/game';
import type { CleanStore } from './clean-store';
import type { Game } from './game';
import { lockRun } from './lock';
import type { RunLock } from './lock';
import { isResumable, withTaken } from './play';
import type { Players } from './players';
import type { Reporter } from './reporter';
import { takeRun } from './take-run';

export interface ScratchOptions {
  /** Its folder, from `scratchPath`. */
  readonly path: string;
  readonly manifest: Manifest;
  readonly players: Players;
  readonly reporter: Reporter;
  readonly store: CleanStore;
  readonly signal: AbortSignal;
  readonly sliceSeconds: number;
}

/** Where work on a question about a manifest is kept until it is done, for one build of the code. */
export function scratchPath(runsDir: string, manifest: Manifest, question: object, build: string): string {
  const name = sha256Hex(canonicalJson({ manifest: manifestDigest(manifest), question, build }));
  return join(runsDir, '.work', name.slice(0, 16));
}

const done = '.done';

/** What work came to; `forget` removes its folder, once the result has been handed on. */
export interface Scratched<T> {
  readonly result: T;
  forget(): void;
}

/** Runs `work` over its folder, which stays until it is forgotten. Work that no repetition would mend is forgotten at once. */
export async function withScratchGame<T>(
  options: ScratchOptions,
  work: (game: Game) => Promise<T>,
): Promise<Scratched<T>> {
  const { path, manifest, reporter } = options;
  removeDone(dirname(path));
  const taken = takeRun(path, manifest, reporter.note);
  return withTaken(taken, options, 'The same command goes on where it stopped.', async () => {
    try {
      return { result: await work({ ...options, ...taken }), forget: () => forget(path) };
    } catch (error) {
      if (!isResumable(error, options.signal)) remove(path);
      throw error;
    }
  });
}

/** Removes a folder that nobody works in. */
function forget(path: string): void {
  let lock: RunLock;
  try {
    lock = lockRun(path);
  } catch {
    return; // who asks the same now needs it
  }
  remove(path);
  lock.release();
}

function remove(path: string): void {
  // Out of the way first: who asks the same from now on begins anew.
  renameSync(path, `${path}${done}`);
  rmSync(`${path}${done}`, { recursive: true, force: true });
}

const abandonedMilliseconds = 30 * 86_400_000;

/** Removes what is forgotten, and what nobody has asked about for a month. */
function removeDone(folder: string): void {
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    const path = join(folder, name);
    const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (name.endsWith(done)) rmSync(path, { recursive: true, force: true });
    else if (age > abandonedMilliseconds) forget(path);
  }
}
