/** Cross-entropy of each row, and its slope in the row's own values: d/dx_j ell(x_j, y_j; w). */
import type { CraftGame, Rows } from '@theriac/game';
import { rowsBetween } from '@theriac/game';
import { gradient, ops, tf, valuesOf } from '@theriac/tensors/engine';

/** What these need of a game. */
export type InputGame = Pick<CraftGame, 'model' | 'oracles'>;

/** d ell / dx [count * features], model-input units, row by row (not divided by the number of rows). */
export function inputGradient({ model, oracles }: InputGame, w: Float32Array, rows: Rows): Float32Array {
  const found = new Float32Array(rows.x.length);
  for (let from = 0; from < rows.count; from += oracles.chunk) {
    const part = rowsBetween(rows, from, Math.min(rows.count, from + oracles.chunk));
    const [slope] = valuesOf(() => {
      const at = tf.tensor1d(w.slice());
      const y = ops.oneHot(tf.tensor1d(Int32Array.from(part.y), 'int32'), model.classes);
      const ones = tf.ones<tf.Rank.R1>([part.count]);
      const loss = (x: tf.Tensor1D): tf.Scalar =>
        ops.crossEntropy(y, model.logits(at, tf.reshape(x, [part.count, rows.features])), ones);
      return [gradient(loss, tf.tensor1d(part.x.slice())).gradient];
    });
    found.set(slope!, from * rows.features);
  }
  return found;
}

/** ell(x_j, y_j; w) in nats, [count]. */
export function rowLosses({ model, oracles }: InputGame, w: Float32Array, rows: Rows): Float64Array {
  const { classes } = model;
  const z = oracles.logits(w, rows);
  return Float64Array.from({ length: rows.count }, (_, j) => {
    const own = z.subarray(j * classes, (j + 1) * classes);
    const top = own.reduce((best, value) => Math.max(best, value), -Infinity);
    const total = own.reduce((sum, value) => sum + Math.exp(value - top), 0);
    return top + Math.log(total) - own[rows.y[j]!]!;
  });
}
