/** One game of a sweep, played within a sitting and kept. */
import { basename } from 'node:path';
import type { Reporter } from '../driver/reporter';
import type { DataShelf } from '../sitting/data-shelf';
import { playSettings } from '../sitting/play-verb';
import type { Sitting } from '../sitting/sitting';
import type { SweepGame } from './plan-file';
import { writeSwept } from './sweep-store';
import type { SweptGame } from './sweep-store';

/** Plays a game, or goes on with it, or takes the finished run of the same manifest; its card is kept at the end. */
export async function playSwept(
  sitting: Sitting,
  { settings, digest }: SweepGame,
  shelf: DataShelf,
  reporter: Reporter,
  runsDir: string,
): Promise<SweptGame> {
  const data = await shelf.open(settings.game.dataset, settings.game.trainLimit);
  const { card, path } = await playSettings(sitting, settings, data, reporter, { runsDir, reuse: true });
  const swept: SweptGame = { version: 1, digest, run: basename(path), card };
  writeSwept(runsDir, swept);
  return swept;
}
