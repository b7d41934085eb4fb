/**
 * What members hand in, h(x, y), in stored units (Hardt, Mazumdar, Mendler-Duenner, Zrnic, ICML 2023):
 *   feature-label    (g(x), y*)
 *   feature-only     (g(x), y) where y = y*, else (x, y)
 *   signal-erasing   (x, the class that the clean model gives g(x)); which classifier stands for argmax P0(y|g(x)) is our reading
 */
import type { CraftGame, Signal } from '@theriac/game';
import { gatheredRows, withSignal } from '@theriac/game';
import { storedRows } from '../../starts/base-rows';
import type { Members } from './members';
import type { Strategy } from './options';

export interface HandedIn {
  /** [members * features], stored units. */
  readonly x: Float32Array;
  /** [members]. */
  readonly y: Int32Array;
}

/** The rows of all members; what gradient control begins with is feature-label. */
export function handedIn(game: CraftGame, members: Members, signals: readonly Signal[], strategy: Strategy): HandedIn {
  const { features } = game.clean;
  const x = storedRows(game, members.rows);
  const y = members.rows.map((row) => game.clean.y[row] as number);
  if (strategy === 'signal-erasing') return { x, y: answersWithSignal(game, members, signals) };
  members.rows.forEach((_, j) => {
    const signal = signals[members.collective[j] as number] as Signal;
    const target = signal.target as number;
    if (strategy === 'feature-only' && y[j] !== target) return;
    const row = x.subarray(j * features, (j + 1) * features);
    row.set(withSignal(row, signal, features));
    y[j] = target;
  });
  return { x, y };
}

function answersWithSignal(game: CraftGame, members: Members, signals: readonly Signal[]): Int32Array {
  const { classes, oracles, wClean, clean } = game;
  const { features } = clean;
  const stored = storedRows(game, members.rows);
  members.rows.forEach((_, j) => {
    const row = stored.subarray(j * features, (j + 1) * features);
    row.set(withSignal(row, signals[members.collective[j] as number] as Signal, features));
  });
  const rows = { ...gatheredRows(clean, members.rows), x: game.toModelInput(stored) };
  return largest(oracles.logits(wClean, rows), classes);
}

/** The class of each row: the largest logit, the lowest class of equal ones. */
export function largest(logits: Float32Array, classes: number): Int32Array {
  return Int32Array.from({ length: logits.length / classes }, (_, row) => {
    const z = logits.subarray(row * classes, (row + 1) * classes);
    return z.reduce((best, value, k) => (value > (z[best] as number) ? k : best), 0);
  });
}
