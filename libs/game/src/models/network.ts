/** A classifier of images as a chain of layers, in the form that the game knows: a pure function of one flat vector. */
import { invalid, layoutOf, viewOf } from '@theriac/tensors';
import type { RandomStream } from '@theriac/tensors';
import { splitParameters, tf } from '@theriac/tensors/engine';
import type { Model, Tap, TrainingPass } from '../model';
import type { Layer, LayerOf, Shape, TrainingState } from './layers/layer';
import { sizeOf } from './layers/layer';

export interface NetworkDescription {
  readonly id: string;
  /** Shape of the images, [height, width, channels]. */
  readonly shape: Shape;
  readonly classes: number;
  /** All layers, from images to logits. */
  readonly layers: LayerOf;
  /** Name of the last layer, which is dense. */
  readonly lastLayer: string;
  readonly homogeneous: boolean;
}

/** The network as a model. Throws INVALID_ARGUMENT where the data are not images, or images too small for it. */
export function imageNetwork({ id, shape, classes, layers, lastLayer, homogeneous }: NetworkDescription): Model {
  if (shape.length !== 3)
    throw invalid(
      'game.model',
      id,
      `a model for rows of shape [${shape.join()}]: dense ones`,
      'Choose a data set of images, or a model such as lr or nn-gc.',
    );
  const network = layers(shape);
  const parts = [...network.parameters, ...network.statistics];
  const layout = layoutOf(parts);
  const statisticsFrom = network.parameters.reduce((sum, part) => sum + sizeOf(part.shape), 0);
  const run = (w: tf.Tensor1D, x: tf.Tensor2D, training?: TrainingState, tap?: Tap): tf.Tensor2D =>
    network.forward(x.reshape([x.shape[0], ...shape]), {
      views: splitParameters(w, layout),
      training,
      tap,
    }) as tf.Tensor2D;
  return {
    id,
    layout,
    features: sizeOf(shape),
    classes,
    activations: network.activations,
    softmaxRegression: false,
    lastLayer: { weight: `${lastLayer}.weight`, bias: `${lastLayer}.bias` },
    initialise(random: RandomStream): Float32Array {
      const w = new Float32Array(layout.size);
      for (const { name, initial } of parts) {
        const values = viewOf(w, layout, name);
        if ('value' in initial) values.fill(initial.value);
        else random.fork(name).fillUniform(values, -initial.bound, initial.bound);
      }
      return w;
    },
    logits: (w, x) => tf.tidy(() => run(w, x)),
    statisticsFrom,
    homogeneous,
    training: trainingPass(network, run),
    ...(network.statistics.length > 0 ? {} : { tapped: tappedPass(run) }),
  };
}

function tappedPass(
  run: (w: tf.Tensor1D, x: tf.Tensor2D, training: TrainingState, tap: Tap) => tf.Tensor2D,
): Exclude<Model['tapped'], undefined> {
  return (w, x, masks, tap) => {
    let next = 0;
    return tf.tidy(() => run(w, x, { nextMask: () => masks[next++], statistics: new Map() }, tap));
  };
}

function trainingPass(
  { dropout, statistics }: Layer,
  run: (w: tf.Tensor1D, x: tf.Tensor2D, training: TrainingState) => tf.Tensor2D,
): TrainingPass | undefined {
  if (dropout.length === 0 && statistics.length === 0) return undefined;
  return {
    dropout,
    logits(w, x, masks) {
      if (masks.length !== 0 && masks.length !== dropout.length)
        throw invalid('masks.length', masks.length, `${dropout.length}, one per dropout layer, or 0`);
      return tf.tidy(() => {
        const found = new Map<string, tf.Tensor1D>();
        let next = 0;
        const logits = run(w, x, { nextMask: () => masks[next++], statistics: found });
        const each = statistics.map(({ name }) => found.get(name) as tf.Tensor1D);
        return { logits, statistics: each.length === 0 ? undefined : tf.concat(each) };
      });
    },
  };
}
