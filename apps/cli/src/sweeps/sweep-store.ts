/** Where the cards of sweeps are kept within a runs folder: by the digest of a game's settings, so that plans share them. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ResultCard } from '@theriac/game';
import { requireFinite } from '@theriac/game';
import { TheriacError } from '@theriac/tensors';
import { readIfThere, writeFileAtomic } from '../driver/atomic-file';

export interface SweptGame {
  readonly version: 1;
  readonly digest: string;
  /** Name of the run's folder. */
  readonly run: string;
  readonly card: ResultCard;
}

/** The game of these settings, or undefined where it was not played. Throws DATA_LOSS for another file. */
export function readSwept(runsDir: string, digest: string): SweptGame | undefined {
  const path = pathOf(runsDir, digest);
  const bytes = readIfThere(path);
  return bytes === undefined ? undefined : parseSwept(bytes.toString('utf8'), digest, path);
}

/** Reads the text of a card at `where`. Throws DATA_LOSS where it is not that of these settings. */
export function parseSwept(text: string, digest: string, where: string): SweptGame {
  const found = parsed(text);
  if (found?.version === 1 && found.digest === digest) return found;
  throw new TheriacError(`${where} is not a game of a sweep`, {
    code: 'DATA_LOSS',
    field: where,
    remedy: 'Remove it, and play again.',
  });
}

/** Whether the game of these settings was played; its card is not read. */
export const isSwept = (runsDir: string, digest: string): boolean => existsSync(pathOf(runsDir, digest));

export function writeSwept(runsDir: string, game: SweptGame): void {
  requireFinite(game.card, game.run);
  writeFileAtomic(pathOf(runsDir, game.digest), `${JSON.stringify(game)}\n`);
}

const pathOf = (runsDir: string, digest: string): string => join(runsDir, '.sweeps', `${digest}.json`);

function parsed(text: string): SweptGame | undefined {
  try {
    return JSON.parse(text) as SweptGame;
  } catch {
    return undefined;
  }
}
