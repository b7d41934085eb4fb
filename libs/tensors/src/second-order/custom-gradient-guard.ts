/**
 * A tf.customGrad that saves a value it has computed (tf.losses.softmaxCrossEntropy does) has no second derivative: the
 * value was computed off the tape. tfjs then gives a wrong Hessian without a word; this guard makes it an error.
 */
import { TheriacError } from '../errors';
import type { tf } from '../tf';
import type { Engine, SaveTensors } from './tape';

export function guardCustomGradients(engine: Engine): void {
  const customGrad = engine.customGrad;
  engine.customGrad = function (this: Engine, f) {
    return customGrad.call(this, (...given) => {
      const args = given.slice(0, -1) as tf.Tensor[];
      const save = given.at(-1) as SaveTensors;
      const saved: tf.Tensor[] = [];
      const result = f(...args, (tensors: tf.Tensor[]) => {
        saved.push(...tensors);
        save(tensors);
      });
      const known = [...args, result.value].map(({ dataId }) => dataId);
      if (this.state.gradientDepth > 1 && saved.some(({ dataId }) => !known.includes(dataId))) {
        throw new TheriacError(
          'This function has no second derivative in TensorFlow.js, which would be silently wrong',
          {
            code: 'FAILED_PRECONDITION',
            remedy: 'Use ops.crossEntropy instead of tf.losses.softmaxCrossEntropy.',
          },
        );
      }
      return result;
    });
  };
}
