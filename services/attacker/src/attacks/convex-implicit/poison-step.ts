/**
 * How the poison moves, given q = H^-1 dL/dw at the defender's minimum. By the implicit function theorem
 *   dL/dx_j = -(u/N) d/dx_j <grad_w ell(x_j, y_j; w), q>,   and with label k instead of y_j, to first order,
 *   L changes by -(u/N) <grad_w ell(x_j, k; w), q> = (u/N) (s_jk - <p_j, s_j>),   s_j = Q' x_j + q_b, p_j = softmax(W' x_j + b)
 * Every row is scaled to its own mean slope, so that rows that the defender has learnt (p_j = y_j) move as well, then
 *   a <- 0.7 a + 0.3 d,  v <- 0.9 v + 0.1 d^2,  x <- Proj_Gamma(x + rate * range * a / (sqrt v + 0.1))
 */
import type { CraftGame, Rows } from '@theriac/game';
import { regressionLogits, regressionMixedProduct, softmaxRows } from '@theriac/game';

/** What moves with the rows. */
export interface PoisonMotion {
  readonly stored: Float32Array;
  readonly momentum: Float32Array;
  readonly second: Float32Array;
}

/** dL/dx_j times N/u for every poison row, by the model's input, [count * features]. */
export function implicitDirection(w: Float64Array, q: Float64Array, nu: Rows, classes: number): Float64Array {
  return regressionMixedProduct(w, q, nu, classes).map((value) => -value * nu.count);
}

/** The change of L, times N/u, that label k of row j promises to first order, [count * classes]. */
export function labelInfluence(w: Float64Array, q: Float64Array, nu: Rows, classes: number): Float64Array {
  const p = softmaxRows(regressionLogits(w, nu, classes), classes);
  const s = regressionLogits(q, nu, classes);
  for (let at = 0; at < s.length; at += classes) {
    let mean = 0;
    for (let k = 0; k < classes; k++) mean += p[at + k]! * s[at + k]!;
    for (let k = 0; k < classes; k++) s[at + k]! -= mean;
  }
  return s;
}

/** The labels with those changed whose change promises most, at most `count` of them; ties by row. */
export function relabelled(labels: Int32Array, influence: Float64Array, classes: number, count: number): Int32Array {
  const better = Array.from(labels, (label, j) => {
    let best = label;
    for (let k = 0; k < classes; k++) if (influence[j * classes + k]! > influence[j * classes + best]!) best = k;
    return { row: j, best, gain: influence[j * classes + best]! - influence[j * classes + label]! };
  });
  const next = labels.slice();
  better
    .filter(({ gain }) => gain > 0)
    .sort((a, b) => b.gain - a.gain || a.row - b.row)
    .slice(0, count)
    .forEach(({ row, best }) => (next[row] = best));
  return next;
}

/** The rows after a step along `direction` (by the model's input) on the pixels `free`; `base` as stored. */
export function movedRows(
  { constraint, toModelInput, clean: { features } }: Pick<CraftGame, 'constraint' | 'toModelInput' | 'clean'>,
  motion: PoisonMotion,
  direction: Float64Array,
  { free, base, length }: { readonly free: Int32Array; readonly base: Float32Array; readonly length: number },
): PoisonMotion {
  const zero = toModelInput(new Float32Array(features));
  const slopes = toModelInput(new Float32Array(features).fill(1)).map((value, i) => value - zero[i]!);
  const stored = motion.stored.slice();
  const momentum = motion.momentum.slice();
  const second = motion.second.slice();
  for (let from = 0; from < stored.length; from += features) {
    let total = 0;
    for (const i of free) total += Math.abs(direction[from + i]! * slopes[i]!);
    const scale = total === 0 ? 0 : free.length / total;
    for (const i of free) {
      const d = direction[from + i]! * slopes[i]! * scale;
      momentum[from + i] = 0.7 * momentum[from + i]! + 0.3 * d;
      second[from + i] = 0.9 * second[from + i]! + 0.1 * d * d;
      stored[from + i]! += (length * momentum[from + i]!) / (Math.sqrt(second[from + i]!) + 0.1);
    }
  }
  return { stored: constraint.limitsPixels ? constraint.project(stored, base) : stored, momentum, second };
}
