/** One model on random rows, and what is measured of it as functions of tensors: inputs (x, y, w, v). */
import { createModel } from '@theriac/game/engine';
import { randomStream } from '@theriac/tensors';
import { gradient, hessianVectorProduct, mixedProduct, ops, tf } from '@theriac/tensors/engine';
import type { TensorFunction } from '@theriac/tensors/engine';

export const functionNames = ['training step', 'Hessian-vector product', 'mixed product'] as const;
export type FunctionName = (typeof functionNames)[number];

export interface NumericProblem {
  readonly functions: Record<FunctionName, TensorFunction>;
  /** x [rows, features], y [rows] int32, w and v [p]; the caller disposes. */
  readonly inputs: tf.Tensor[];
}

/** Uniform values. */
export function uniform(name: string, size: number, lo: number, hi: number): Float32Array {
  const values = new Float32Array(size);
  randomStream(1, 'bench', name).fillUniform(values, lo, hi);
  return values;
}

/**
 *   training step           w - rate dF/dw, by the form that the model has while it is trained (dropout off)
 *   Hessian-vector product  d/dw <dF/dw, v>
 *   mixed product           d/dx <dF/dw, v>
 */
export function numericProblem(id: string, shape: readonly number[], rows: number, rate = 0.1): NumericProblem {
  const model = createModel(id, shape, 10);
  const labels = Int32Array.from({ length: rows }, (_, j) => j % model.classes);
  const inputs = [
    tf.tensor2d(uniform('x', rows * model.features, -0.4, 2.8), [rows, model.features]),
    tf.tensor1d(labels, 'int32'),
    tf.tensor1d(model.initialise(randomStream(1, 'bench'))),
    tf.tensor1d(uniform('v', model.layout.size, -1, 1)),
  ];
  const lossOf = (logits: tf.Tensor2D, y: tf.Tensor): tf.Scalar =>
    ops.crossEntropy(ops.oneHot(y as tf.Tensor1D, model.classes), logits);
  const used = (x: tf.Tensor, y: tf.Tensor, w: tf.Tensor1D): tf.Scalar => lossOf(model.logits(w, x as tf.Tensor2D), y);
  const trained = (x: tf.Tensor, y: tf.Tensor, w: tf.Tensor1D): tf.Scalar =>
    model.training === undefined ? used(x, y, w) : lossOf(model.training.logits(w, x as tf.Tensor2D, []).logits, y);
  const of =
    (f: (x: tf.Tensor, y: tf.Tensor, w: tf.Tensor1D, v: tf.Tensor1D) => tf.Tensor): TensorFunction =>
    (...given) => {
      const [x, y, w, v] = given as [tf.Tensor, tf.Tensor, tf.Tensor1D, tf.Tensor1D];
      return [f(x, y, w, v)];
    };
  return {
    inputs,
    functions: {
      'training step': of((x, y, w) => tf.sub(w, tf.mul(gradient((u) => trained(x, y, u), w).gradient, rate))),
      'Hessian-vector product': of((x, y, w, v) => hessianVectorProduct((u) => used(x, y, u), w, v)),
      'mixed product': of((x, y, w, v) => mixedProduct((data, u) => used(data, y, u), x, w, v)),
    },
  };
}
