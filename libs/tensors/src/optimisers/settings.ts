import { invalid } from '../errors';
import type { Optimiser } from './optimiser';

/** Refuses a setting outside [lo, hi). */
export function checkSetting(name: string, value: number, lo: number, hi = Infinity): void {
  if (Number.isFinite(value) && value >= lo && value < hi) return;
  throw invalid(name, value, hi === Infinity ? `a number >= ${lo}` : `a number from ${lo} to below ${hi}`);
}

/** The slots of an update, as many as the optimiser has. */
export function slotsOf<T>(optimiser: string, slots: readonly T[], expected: Optimiser['slots']): T[] {
  if (slots.length !== expected)
    throw invalid(`${optimiser} slots`, slots.length, `${expected} vectors, zero at first`);
  return [...slots];
}
