/** The oracles of an online game in closed form, for softmax regression: what tests hold the policies against. */
import { regressionGradient, regressionHessianVectorProduct, regressionMixedProduct } from '../../softmax-regression';
import type { Rows } from '../../rows';
import type { OnlineOracles, StoredRows } from '../attack';
import type { OnlineTrainer } from '../tick';

const floats = (values: Float64Array): Float32Array => Float32Array.from(values);

/** Derivatives on `rows` as they are; the attacker's loss is on `validation`. */
export function toyOracles(validation: Rows, classes: number): OnlineOracles {
  const gradientOf = (w: Float32Array, rows: StoredRows) => regressionGradient(w, rows, classes);
  return {
    async validation(w) {
      const { loss, gradient } = gradientOf(w, { ...validation, y: Int32Array.from(validation.y) });
      return { loss, gradient: floats(gradient) };
    },
    validationProduct: async (w, v) => floats(regressionHessianVectorProduct(w, v, validation, classes)),
    gradient: async (w, rows) => floats(gradientOf(w, rows).gradient),
    product: async (w, rows, v) => floats(regressionHessianVectorProduct(w, v, rows, classes)),
    mixed: async (w, rows, v) => floats(regressionMixedProduct(w, v, rows, classes)),
  };
}

/** A trainer that computes by the same closed forms; it trusts `trusted`. */
export function toyTrainer(trusted: Rows, classes: number): OnlineTrainer {
  return {
    async step(w, rows, learningRate) {
      const { gradient } = regressionGradient(w, rows, classes);
      return w.map((value, k) => value - learningRate * (gradient[k] as number));
    },
    gradients: async (w, { x, y, features }, blocks) =>
      blocks.map(({ from, to }) => {
        const part = {
          x: x.subarray(from * features, to * features),
          y: y.subarray(from, to),
          count: to - from,
          features,
        };
        return floats(regressionGradient(w, part, classes).gradient);
      }),
    trustedLoss: async (w) => regressionGradient(w, trusted, classes).loss,
  };
}
