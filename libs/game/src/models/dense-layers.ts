/** Fully connected classifiers: logits = phi(...phi(x W_1 + b_1)...) W_L + b_L, weights [inputs, outputs]. */
import { layoutOf, viewOf } from '@theriac/tensors';
import type { RandomStream } from '@theriac/tensors';
import type { tf } from '@theriac/tensors/engine';
import { ops, splitParameters } from '@theriac/tensors/engine';
import type { Model, Tap } from '../model';

/** An elementwise nonlinearity between layers. */
export type Activation = (x: tf.Tensor2D) => tf.Tensor2D;

function layerNames(layers: number): string[] {
  return layers === 1 ? [''] : Array.from({ length: layers }, (_, k) => `layer${k + 1}.`);
}

/** A chain of dense layers with the given widths, `activation` between them. One layer is softmax regression. */
export function denseClassifier(id: string, widths: readonly number[], activation: Activation): Model {
  const layers = widths.length - 1;
  const names = layerNames(layers);
  const width = (k: number): number => widths[k] ?? 0;
  const layout = layoutOf(
    names.flatMap((name, k) => [
      { name: `${name}weight`, shape: [width(k), width(k + 1)] },
      { name: `${name}bias`, shape: [width(k + 1)] },
    ]),
  );
  const last = names[layers - 1] ?? '';
  function logits(w: tf.Tensor1D, x: tf.Tensor2D, tap?: Tap): tf.Tensor2D {
    const views = splitParameters(w, layout);
    return names.reduce((h, name, k) => {
      const weight = `${name}weight`;
      const output = ops.dense(h, views[weight] as tf.Tensor2D, views[`${name}bias`] as tf.Tensor1D);
      const z = (tap?.({ weight, filters: undefined }, h, output) as tf.Tensor2D | undefined) ?? output;
      return k === layers - 1 ? z : activation(z);
    }, x);
  }
  return {
    id,
    layout,
    features: width(0),
    classes: width(layers),
    activations: widths.slice(1).reduce((sum, size) => sum + size, 0),
    softmaxRegression: layers === 1,
    statisticsFrom: layout.size,
    homogeneous: true,
    training: undefined,
    lastLayer: { weight: `${last}weight`, bias: `${last}bias` },
    initialise(random: RandomStream): Float32Array {
      const w = new Float32Array(layout.size);
      names.forEach((name, k) => {
        const bound = 1 / Math.sqrt(width(k));
        for (const part of ['weight', 'bias'])
          random.fork(name + part).fillUniform(viewOf(w, layout, name + part), -bound, bound);
      });
      return w;
    },
    logits: (w, x) => logits(w, x),
    tapped: (w, x, _masks, tap) => logits(w, x, tap),
  };
}
