/**
 * What every online attack does with its objective J of g = g(nu; w): choose labels, then climb.
 *
 *   labels   the one of these with the largest J: every label moved on by k classes, k = 0..c-1, or all labels the same
 *   rows     x <- P_Gamma(x + step sign(d/dx <g(nu; w), dJ/dg>))
 *
 * The labellings tried are our reading: one gradient each, for any model, where the best label of each row alone would take one
 * gradient for every row and class.
 */
import { numberOption } from '../attack';
import type { OptionValues } from '../attack';
import type { OnlineView, StoredRows } from './attack';

/** J as a function of g. */
export interface Objective {
  value(g: Float32Array): number;
  /** dJ/dg, [p]. */
  direction(g: Float32Array): Float32Array;
}

/** Rows that raise J, from these base rows. Labels stay where Gamma fixes them. */
export async function ascend(
  view: OnlineView,
  base: StoredRows,
  objective: Objective,
  options: OptionValues,
): Promise<StoredRows> {
  const { w, oracles, constraint } = view;
  let rows = constraint.fixesLabels ? base : await labelled(view, base, objective);
  const length = numberOption(options, 'step');
  for (let step = 0; step < numberOption(options, 'steps'); step++) {
    const direction = objective.direction(await oracles.gradient(w, rows));
    const slope = await oracles.mixed(w, rows, direction);
    const moved = rows.x.map((value, k) => value + length * Math.sign(slope[k] as number));
    rows = { ...rows, x: constraint.project(moved, base.x) };
  }
  return rows;
}

/** The base rows under the labelling with the largest J; the first of equals. */
export async function labelled(view: OnlineView, base: StoredRows, objective: Objective): Promise<StoredRows> {
  let best: { rows: StoredRows; value: number } | undefined;
  for (const y of labellings(base.y, view.classes)) {
    const rows = { ...base, y };
    const value = objective.value(await view.oracles.gradient(view.w, rows));
    if (best === undefined || value > best.value) best = { rows, value };
  }
  return best?.rows ?? base;
}

/** Every label moved on by 0 .. c-1 classes, then all labels 0, all 1, and so on. */
export function labellings(y: Int32Array, classes: number): Int32Array[] {
  const moved = Array.from({ length: classes }, (_, k) => y.map((label) => (label + k) % classes));
  const same = Array.from({ length: classes }, (_, k) => new Int32Array(y.length).fill(k));
  return [...moved, ...same];
}
