/**
 * The leader's loss, a smooth count of errors on rows the attacker holds (never the test split):
 *   m_i = max_{k != y_i} z_ik - z_i,y_i   (> 0: an error),   L = mean_i sigmoid(m_i / T),   T = 1/2 median |m_i|
 *   dL/dz_i = s_i (1 - s_i) / (T n) (e_best - e_y),   s_i = sigmoid(m_i / T); T counts as a constant.
 * Cross-entropy would be the wrong aim: it pays for errors on rows that are wrong already.
 */
export interface LeaderLoss {
  /** L. */
  readonly loss: number;
  /** Share of rows with m_i > 0. */
  readonly errors: number;
  /** dL/dz [rows * classes]. */
  readonly slope: Float64Array;
}

/** L of these logits [rows * classes], with labels y. `temperature` is T where it is given. */
export function smoothErrors(
  z: ArrayLike<number>,
  y: ArrayLike<number>,
  classes: number,
  temperature?: number,
): LeaderLoss {
  const rows = y.length;
  const margins = new Float64Array(rows);
  const best = new Int32Array(rows);
  for (let i = 0; i < rows; i++) {
    const at = i * classes;
    let top = -1;
    for (let k = 0; k < classes; k++) if (k !== y[i] && (top < 0 || z[at + k]! > z[at + top]!)) top = k;
    best[i] = top;
    margins[i] = z[at + top]! - z[at + y[i]!]!;
  }
  const scale = temperature ?? Math.max(1e-6, 0.5 * median(margins.map(Math.abs)));
  const slope = new Float64Array(rows * classes);
  let loss = 0;
  let errors = 0;
  margins.forEach((margin, i) => {
    const s = 1 / (1 + Math.exp(-margin / scale));
    const g = (s * (1 - s)) / (scale * rows);
    slope[i * classes + best[i]!] = g;
    slope[i * classes + y[i]!] = -g;
    loss += s / rows;
    if (margin > 0) errors += 1;
  });
  return { loss, errors: errors / rows, slope };
}

function median(values: Float64Array): number {
  const sorted = values.toSorted();
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
