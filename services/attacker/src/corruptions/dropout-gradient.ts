/**
 * The gradient of a minibatch with dropout on, as GradPC's released code takes it: the mean cross-entropy of the training pass
 * with a keep-mask (0 or 1) for each row and dropout layer. Models with batch normalisation have no such pass here: their
 * statistics are constants.
 */
import type { Model, Rows } from '@theriac/game';
import type { RandomStream } from '@theriac/tensors';
import { compile, gradient, ops, tf } from '@theriac/tensors/engine';
import type { Compiled } from '@theriac/tensors/engine';

export interface DropoutGradient {
  /** F(rows; w) in nats and its gradient [p], with masks drawn from `random`. */
  at(w: Float32Array, rows: Rows, random: RandomStream): { loss: number; gradient: Float32Array };
  /** Frees the compiled graphs. */
  dispose(): void;
}

/** Whether the model drops out while it is trained, and nothing else of it depends on the batch. */
export function dropsOut(model: Pick<Model, 'training' | 'statisticsFrom' | 'layout'>): boolean {
  return (model.training?.dropout.length ?? 0) > 0 && model.statisticsFrom === model.layout.size;
}

/** The gradient of a model that drops out, compiled once for each number of rows. The caller disposes. */
export function dropoutGradient(model: Model): DropoutGradient {
  const { training, features, classes } = model;
  const graphs = new Map<number, Compiled>();

  function sums(...inputs: tf.Tensor[]): tf.Tensor[] {
    const [x, y, weights, w, ...masks] = inputs as [
      tf.Tensor2D,
      tf.Tensor1D,
      tf.Tensor1D,
      tf.Tensor1D,
      ...tf.Tensor2D[],
    ];
    const found = gradient(
      (u) => ops.crossEntropy(ops.oneHot(y, classes), training!.logits(u, x, masks).logits, weights),
      w,
    );
    return [found.value, found.gradient];
  }

  return {
    at(w, { x, y, count }, random) {
      const masks = training!.dropout.map(({ rate, width }, layer) =>
        tf.tensor2d(keepMask(count * width, rate, random.fork(layer)), [count, width]),
      );
      const inputs = [
        tf.tensor2d(x, [count, features]),
        tf.tensor1d(Int32Array.from(y), 'int32'),
        tf.fill([count], 1 / count),
        tf.tensor1d(w),
        ...masks,
      ];
      const graph = graphs.get(count) ?? compile(sums, inputs);
      graphs.set(count, graph);
      const outputs = graph(...inputs);
      const [loss, found] = outputs.map((output) => output.dataSync<'float32'>());
      tf.dispose([...inputs, ...outputs]);
      return { loss: loss![0]!, gradient: found! };
    },
    dispose() {
      for (const graph of graphs.values()) graph.dispose();
      graphs.clear();
    },
  };
}

/** Kept with probability 1 - rate, exact for rates in 1/256. */
function keepMask(length: number, rate: number, random: RandomStream): Float32Array {
  const bytes = new Uint8Array(length);
  random.fillBytes(bytes);
  const least = Math.round(256 * rate);
  return Float32Array.from(bytes, (byte) => (byte >= least ? 1 : 0));
}
