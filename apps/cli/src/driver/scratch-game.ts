/** A game without a run: for a verb that trains or scores a little and keeps nothing but what is shared. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Manifest } from '@theriac/game';
import type { CleanStore } from './clean-store';
import type { Game } from './game';
import type { Players } from './players';
import type { Reporter } from './reporter';
import { beginRun } from './run-directory';

export interface ScratchOptions {
  readonly manifest: Manifest;
  readonly players: Players;
  readonly reporter: Reporter;
  readonly store: CleanStore;
  readonly signal: AbortSignal;
  readonly sliceSeconds: number;
}

/** Runs `work` over a folder that is removed afterwards. */
export async function withScratchGame<T>(options: ScratchOptions, work: (game: Game) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'theriac-scratch-'));
  try {
    return await work({
      ...options,
      run: beginRun(folder, options.manifest),
      lock: { epoch: 1, ensureHeld: () => {}, release: () => {} },
      events: { write: () => {}, seconds: () => 0 },
    });
  } finally {
    options.reporter.end();
    rmSync(folder, { recursive: true, force: true });
  }
}
