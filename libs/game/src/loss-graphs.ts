/**
 * The weighted loss of rows and its derivatives as functions of tensors, to be compiled: L = sum_j u_j ell(z_j; w), u the weights.
 * Inputs in this order: x [count, features], y [count] int32, u [count], w [p], and where it is said v [p].
 */
import type { tf } from '@theriac/tensors/engine';
import { gradient, hessianVectorProduct, mixedProduct, ops } from '@theriac/tensors/engine';
import type { Model } from './model';

/** A function of tensors that can be compiled. */
export type Graph = (...inputs: tf.Tensor[]) => tf.Tensor[];

export interface LossGraphs {
  /** L of some rows as a function of w. */
  loss(x: tf.Tensor, y: tf.Tensor, weights: tf.Tensor): (w: tf.Tensor1D) => tf.Scalar;
  /** L and dL/dw [p]. */
  readonly gradient: Graph;
  /** With v: d/dw <dL/dw, v> [p]. */
  readonly product: Graph;
  /** With v: d/dx <dL/dw, v> [count, features]. */
  readonly mixed: Graph;
}

/** The graphs of `model`. */
export function lossGraphs(model: Model): LossGraphs {
  const loss: LossGraphs['loss'] = (x, y, weights) => (w) =>
    ops.crossEntropy(
      ops.oneHot(y as tf.Tensor1D, model.classes),
      model.logits(w, x as tf.Tensor2D),
      weights as tf.Tensor1D,
    );
  return {
    loss,
    gradient(x, y, weights, w) {
      const found = gradient(loss(x, y, weights), w as tf.Tensor1D);
      return [found.value, found.gradient];
    },
    product: (x, y, weights, w, v) => [hessianVectorProduct(loss(x, y, weights), w as tf.Tensor1D, v as tf.Tensor1D)],
    mixed: (x, y, weights, w, v) => [
      mixedProduct((data, at) => loss(data, y, weights)(at), x as tf.Tensor2D, w as tf.Tensor1D, v as tf.Tensor1D),
    ],
  };
}
