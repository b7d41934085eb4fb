/**
 * What one step of minibatch training computes, as functions of tensors that graphs are made of:
 *   g = (1/|B|) sum_{j in B} d ell(z_j; w)/dw;   w <- optimiser(w, g) on the trained part of w;
 *   running statistics <- 0.9 of themselves + 0.1 of those of the batch, where the model has any (PyTorch's momentum).
 */
import type { Model } from '@theriac/game';
import { gradient, ops, tf } from '@theriac/tensors/engine';
import type { Optimiser } from '@theriac/tensors/engine';

/** Values of the input layer that are taken at once: 4 MiB of float32, which stay in the cache. */
const mostInput = 1 << 20;

/** Weight of the batch's statistics in the running ones. */
const statisticsMomentum = 0.1;

/** Sums over rows: of losses, of their gradients over the trained part of w, and, where there are any, of statistics. */
export interface Sums {
  readonly loss: tf.Scalar;
  /** [trained]. */
  readonly gradient: tf.Tensor1D;
  /** [p - trained]: the statistics of the rows, times their number. */
  readonly statistics: tf.Tensor1D | undefined;
}

/** The rows of a batch. */
export interface BatchReader {
  readonly size: number;
  /** x [count, features] and one-hot y [count, classes] of the rows from `from` on. */
  read(from: number, count: number): { x: tf.Tensor2D; y: tf.Tensor2D };
}

/** Rows of x and y by (x, y, indices). */
export function gatheredBatch(model: Model, [x, y, indices]: readonly tf.Tensor[]): BatchReader {
  return {
    size: (indices as tf.Tensor1D).size,
    read(from, count) {
      const own = part(indices as tf.Tensor1D, from, count);
      return {
        x: ops.gatherRows(x as tf.Tensor2D, own),
        y: ops.oneHot(ops.gatherRows(y as tf.Tensor1D, own), model.classes),
      };
    },
  };
}

/** Rows by (x, y). */
export function givenBatch(model: Model, [x, y]: readonly tf.Tensor[]): BatchReader {
  return {
    size: (y as tf.Tensor1D).size,
    read: (from, count) => ({
      x: part(x as tf.Tensor2D, from, count),
      y: ops.oneHot(part(y as tf.Tensor1D, from, count), model.classes),
    }),
  };
}

/** Sums over the rows of a batch at w [p], with keep-masks (0 or 1, bool [size, width]) or none. The caller disposes. */
export function sumsOver(model: Model, w: tf.Tensor1D, batch: BatchReader, masks: readonly tf.Tensor2D[]): Sums {
  // Rows that share statistics are not taken apart.
  const most = Math.max(1, Math.floor(mostInput / model.features));
  const pieces = model.statisticsFrom < model.layout.size ? 1 : Math.ceil(batch.size / most);
  const piece = Math.ceil(batch.size / pieces);
  let sums: Sums | undefined;
  for (let from = 0; from < batch.size; from += piece) {
    const count = Math.min(piece, batch.size - from);
    const own = masks.map((mask) => tf.cast<tf.Tensor2D>(part(mask, from, count), 'float32'));
    sums = added(sums, sumsOfPiece(model, w, batch.read(from, count), own));
  }
  return sums as Sums;
}

/** One sum after the other. */
export function added(sums: Sums | undefined, more: Sums): Sums {
  if (sums === undefined) return more;
  const { statistics } = more;
  return {
    loss: tf.add(sums.loss, more.loss),
    gradient: tf.add(sums.gradient, more.gradient),
    statistics:
      sums.statistics === undefined || statistics === undefined ? undefined : tf.add(sums.statistics, statistics),
  };
}

/** (mean loss, w, ...slots) after a step from sums over the rows of a batch; `weight` is 1 / |B|. The caller disposes. */
export function stepFrom(
  model: Model,
  optimiser: Optimiser,
  clipNorm: number | undefined,
  sums: Sums,
  inputs: readonly tf.Tensor[],
): tf.Tensor[] {
  const [weight, rate, count, w, ...slots] = inputs as [tf.Scalar, tf.Scalar, tf.Scalar, tf.Tensor1D, ...tf.Tensor1D[]];
  const trained = model.statisticsFrom;
  const whole = trained === model.layout.size;
  const mean = shortened(tf.mul<tf.Tensor1D>(sums.gradient, weight), clipNorm);
  const next = optimiser.update(whole ? w : tf.slice(w, [0], [trained]), mean, slots, rate, count);
  const loss = tf.mul(sums.loss, weight);
  if (sums.statistics === undefined) return [loss, next.w, ...next.slots];
  const own: tf.Tensor1D = tf.mul(sums.statistics, tf.mul(weight, statisticsMomentum));
  const running: tf.Tensor1D = tf.add(tf.mul(tf.slice(w, [trained]), 1 - statisticsMomentum), own);
  return [loss, tf.concat([next.w, running]), ...next.slots];
}

function sumsOfPiece(
  model: Model,
  w: tf.Tensor1D,
  rows: { readonly x: tf.Tensor2D; readonly y: tf.Tensor2D },
  masks: readonly tf.Tensor2D[],
): Sums {
  const count = rows.x.shape[0];
  const weights = tf.ones<tf.Rank.R1>([count]);
  let kept: tf.Tensor1D | undefined;
  const found = gradient((u) => {
    if (model.training === undefined) return ops.crossEntropy(rows.y, model.logits(u, rows.x), weights);
    const { logits, statistics } = model.training.logits(u, rows.x, masks);
    // They outlive the differentiation.
    if (statistics !== undefined) kept = tf.keep(statistics);
    return ops.crossEntropy(rows.y, logits, weights);
  }, w);
  const trained = model.statisticsFrom;
  const statistics = kept === undefined ? undefined : tf.mul<tf.Tensor1D>(kept, count);
  kept?.dispose();
  return {
    loss: found.value,
    gradient: trained === model.layout.size ? found.gradient : tf.slice(found.gradient, [0], [trained]),
    statistics,
  };
}

/** g, or g c/||g|| where that is shorter: PyTorch's clip_grad_norm_. */
function shortened(g: tf.Tensor1D, most: number | undefined): tf.Tensor1D {
  if (most === undefined) return g;
  const length = tf.sqrt(tf.sum(tf.square(g)));
  return tf.mul(g, tf.minimum(tf.div(most, tf.add(length, 1e-6)), 1));
}

function part<T extends tf.Tensor1D | tf.Tensor2D>(rows: T, from: number, count: number): T {
  return rows.shape[0] === count ? rows : tf.slice<tf.Rank, T>(rows, from, count);
}
