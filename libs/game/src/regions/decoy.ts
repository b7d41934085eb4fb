/**
 * Decoy parameters (Koh, Steinhardt, Liang, 2022, section 4): a defender that has learnt what the attacker wants, but from rows like clean ones.
 *   theta_c = argmin F(mu; theta),   K = the share `flips` of clean rows with the smallest margin s (<w, x> + b) at theta_c,
 *   theta_decoy = argmin F(mu + `repeats` copies of K with the other label; theta)
 * F is logistic here, hinge there: our reading.
 */
import type { LogisticFitOptions, SignedRows } from './logistic-fit';
import { fitLogistic, marginsOf } from './logistic-fit';

export interface DecoyChoice {
  /** Share of the clean rows that is flipped, in [0, 1]. */
  readonly flips: number;
  /** Copies of each flipped row; 0 gives theta_c. */
  readonly repeats: number;
}

/** theta_decoy [features + 1]; `clean` is theta_c, where the fit starts. */
export function decoyParameters(
  rows: SignedRows,
  { flips, repeats }: DecoyChoice,
  { clean, ...fit }: Omit<LogisticFitOptions, 'start'> & { readonly clean: Float64Array },
): Float64Array {
  const margins = marginsOf(clean, rows);
  const order = Int32Array.from(margins.keys()).sort((a, b) => margins[a]! - margins[b]! || a - b);
  const chosen = order.subarray(0, Math.floor(flips * rows.count));
  if (chosen.length === 0 || repeats === 0) return clean;
  return fitLogistic([rows, flipped(rows, chosen, repeats)], { ...fit, start: clean });
}

/** These rows under the other label, `repeats` copies of each by weight. */
function flipped({ x, signs, features }: SignedRows, chosen: Int32Array, repeats: number): SignedRows {
  const values = new Float64Array(chosen.length * features);
  chosen.forEach((row, j) => values.set(x.subarray(row * features, (row + 1) * features), j * features));
  return {
    x: values,
    signs: Int8Array.from(chosen, (row) => -signs[row]!),
    count: chosen.length,
    features,
    weights: new Float64Array(chosen.length).fill(repeats),
  };
}
