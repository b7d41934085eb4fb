/**
 * The sum over rows of gradients, each shortened to at most C:  sum_j weight_j min(1, C / ||g_j||) g_j,  g_j = dell_j/dw.
 * Exact in two backward passes: the factors come from the norms of the rows' gradients, and the sum is the gradient of the losses
 * so weighted (Lee, Kifer, PoPETs 2021; Abadi et al., CCS 2016, for the sum itself).
 */
import type { Model } from '@theriac/game';
import { gradient, ops, tf } from '@theriac/tensors/engine';
import type { Sums } from '../step-functions';
import type { RowGradientNorms, WeightedRows } from './row-gradient-norms';

/** Sums over the rows at w [p]; weights are 0 (a row that is not there) or 1, `clip` is C. The caller disposes. */
export function clippedSums(
  model: Model,
  norms: RowGradientNorms,
  clip: number,
  w: tf.Tensor1D,
  rows: WeightedRows,
): Sums {
  return tf.tidy(() => {
    const found = norms(w, rows);
    const factors = tf.mul<tf.Tensor1D>(rows.weights, tf.div(clip, tf.maximum(found.norms, clip)));
    const { gradient: sum } = gradient((u) => {
      const logits =
        model.training === undefined
          ? model.logits(u, rows.x)
          : trainingLogits(model.training.logits(u, rows.x, rows.masks));
      return ops.crossEntropy(rows.y, logits, factors);
    }, w);
    return { loss: found.loss, gradient: sum, statistics: undefined };
  });
}

const trainingLogits = ({ logits }: { readonly logits: tf.Tensor2D }): tf.Tensor2D => logits;
