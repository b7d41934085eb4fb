/** The settings of a verb that plays no whole game: a data set, a model, a seed. */
import { readSettings } from './game-settings';
import type { GameSettings } from './game-settings';

export interface PlainFlags {
  readonly dataset: string;
  readonly model: string;
  readonly seed: string;
  readonly trainLimit: string;
  readonly scaling: string;
  readonly attackerProtocol?: string;
}

/** Checks the flags. Throws INVALID_ARGUMENT naming the option. */
export function readPlainSettings(flags: PlainFlags, datasets: readonly string[]): GameSettings {
  return readSettings({ ...flags, poisonFraction: '0', constraint: 'none', option: [], seeds: '1' }, datasets);
}
