/**
 * One step of minibatch training as one graph:
 *   g = (1/|B|) sum_{j in B} d ell(z_j; w)/dw;   w <- optimiser(w, g) on the trained part of w;
 *   running statistics <- 0.9 of themselves + 0.1 of those of the batch, where the model has any (PyTorch's momentum).
 * Rows are gathered by index inside it where they are resident, and in pieces that stay in the cache; nothing but w leaves it.
 */
import type { Model, Rows } from '@theriac/game';
import { adadelta, adam, compile, gradient, ops, sgd, tf } from '@theriac/tensors/engine';
import type { Compiled, Optimiser } from '@theriac/tensors/engine';
import type { MinibatchProtocol } from './protocol';
import type { ResidentRows } from './training-data';

/** Values of a piece of a batch: 4 MiB of input in float32, and 128 MiB of activations, which its gradient keeps about twice. */
const mostInput = 1 << 20;
const mostActivations = 1 << 25;

/** Weight of the batch's statistics in the running ones. */
const statisticsMomentum = 0.1;

/** What one step works on. */
export interface StepInput {
  /** Indices into the resident rows, or the rows themselves. */
  readonly batch: { readonly indices: Int32Array; readonly rows: Rows | undefined };
  /** Keep-masks, one per dropout layer; none: dropout is off. */
  readonly masks: readonly Uint8Array[];
  readonly learningRate: number;
  /** 1 for the first step. */
  readonly count: number;
  /** [p]. */
  readonly w: Float32Array;
  /** Of the optimiser, [trained] each. */
  readonly slots: readonly Float32Array[];
}

export interface StepOutput {
  /** Mean loss over the batch before the step. */
  readonly loss: number;
  readonly w: Float32Array;
  readonly slots: readonly Float32Array[];
}

export interface MinibatchStep {
  /** Vectors that the optimiser keeps, and their length: that of the trained part of w. */
  readonly slots: number;
  readonly trained: number;
  /** `resident` is given where the batch has no rows of its own. */
  run(input: StepInput, resident: ResidentRows | undefined): StepOutput;
  /** Frees the compiled graphs. */
  dispose(): void;
}

/** Steps of training `model` by `protocol`, compiled when first needed. The caller disposes. */
export function minibatchStep(protocol: MinibatchProtocol, model: Model): MinibatchStep {
  const optimiser = optimiserOf(protocol);
  const trained = model.statisticsFrom;
  const graphs = new Map<string, Compiled>();

  /** (...batch, weight, rate, count, w, ...slots, ...masks) -> (loss, w, ...slots) */
  function stepFunction(batch: BatchReader, inputs: readonly tf.Tensor[]): tf.Tensor[] {
    const [weight, rate, count, w] = inputs as [tf.Scalar, tf.Scalar, tf.Scalar, tf.Tensor1D];
    const slots = inputs.slice(4, 4 + optimiser.slots) as tf.Tensor1D[];
    const masks = inputs.slice(4 + optimiser.slots) as tf.Tensor2D[];
    const piece = pieceOf(model, batch.size);
    let loss: tf.Tensor = tf.scalar(0);
    let g: tf.Tensor1D | undefined;
    let statistics: tf.Tensor1D | undefined;
    for (let from = 0; from < batch.size; from += piece) {
      const rows = Math.min(piece, batch.size - from);
      const found = derivative(model, w, batch.read(from, rows), keepOf(masks, from, rows));
      loss = tf.add(loss, found.value);
      g = g === undefined ? found.gradient : tf.add(g, found.gradient);
      statistics = found.statistics;
    }
    const mean: tf.Tensor1D = tf.mul(g as tf.Tensor1D, weight);
    const own = trained === model.layout.size ? w : tf.slice(w, [0], [trained]);
    const next = optimiser.update(own, shortened(mean, protocol.clipNorm), slots, rate, count);
    const running = statistics === undefined ? [] : [moved(tf.slice(w, [trained]), statistics)];
    const all = running.length === 0 ? next.w : tf.concat([next.w, ...running]);
    return [tf.mul(loss, weight), all, ...next.slots];
  }

  return {
    slots: optimiser.slots,
    trained,
    run({ batch, masks, learningRate, count, w, slots }, resident) {
      const size = batch.indices.length;
      const shared = batch.rows === undefined && resident !== undefined ? [resident.x, resident.y] : [];
      const layers = masks.length === 0 ? [] : (model.training?.dropout ?? []);
      const own = [
        ...(batch.rows === undefined
          ? [tf.tensor1d(batch.indices.slice(), 'int32')]
          : [tf.tensor2d(batch.rows.x, [size, model.features]), tf.tensor1d(Int32Array.from(batch.rows.y), 'int32')]),
        tf.scalar(1 / size),
        tf.scalar(learningRate),
        tf.scalar(count),
        tf.tensor1d(w),
        ...slots.map((slot) => tf.tensor1d(slot)),
        ...layers.map(({ width }, k) => tf.tensor2d(masks[k] as Uint8Array, [size, width], 'bool')),
      ];
      const inputs = [...shared, ...own];
      const key = `${size}/${shared.length}/${layers.length}`;
      const read = shared.length > 0 ? gatheredBatch : givenBatch;
      const taken = shared.length > 0 ? 3 : 2;
      const graph =
        graphs.get(key) ??
        compile((...all) => stepFunction(read(model, all.slice(0, taken)), all.slice(taken)), inputs);
      graphs.set(key, graph);
      const outputs = graph(...inputs);
      const [loss, next, ...kept] = outputs.map((output) => output.dataSync<'float32'>());
      tf.dispose([...outputs, ...own]);
      return { loss: loss?.[0] ?? NaN, w: next as Float32Array, slots: kept };
    },
    dispose() {
      for (const graph of graphs.values()) graph.dispose();
      graphs.clear();
    },
  };
}

/** The rows of a batch within a graph. */
interface BatchReader {
  readonly size: number;
  /** x [count, features] and one-hot y [count, classes] of the rows from `from` on. */
  read(from: number, count: number): { x: tf.Tensor2D; y: tf.Tensor2D };
}

function gatheredBatch(model: Model, inputs: readonly tf.Tensor[]): BatchReader {
  const [x, y, indices] = inputs as [tf.Tensor2D, tf.Tensor1D, tf.Tensor1D];
  return {
    size: indices.size,
    read(from, count) {
      const own = part(indices, from, count);
      return {
        x: ops.gatherRows(x, own),
        y: ops.oneHot(ops.gatherRows<tf.Tensor1D>(y, own), model.classes),
      };
    },
  };
}

function givenBatch(model: Model, inputs: readonly tf.Tensor[]): BatchReader {
  const [x, y] = inputs as [tf.Tensor2D, tf.Tensor1D];
  return {
    size: y.size,
    read: (from, count) => ({ x: part(x, from, count), y: ops.oneHot(part(y, from, count), model.classes) }),
  };
}

function part<T extends tf.Tensor1D | tf.Tensor2D>(rows: T, from: number, count: number): T {
  return rows.shape[0] === count ? rows : tf.slice<tf.Rank, T>(rows, from, count);
}

function keepOf(masks: readonly tf.Tensor2D[], from: number, count: number): tf.Tensor2D[] {
  return masks.map((mask) => tf.cast(part(mask, from, count), 'float32'));
}

/** Summed loss over some rows, its gradient over the trained part of w, and the statistics of these rows. */
function derivative(
  model: Model,
  w: tf.Tensor1D,
  rows: { readonly x: tf.Tensor2D; readonly y: tf.Tensor2D },
  masks: readonly tf.Tensor2D[],
): { value: tf.Scalar; gradient: tf.Tensor1D; statistics: tf.Tensor1D | undefined } {
  const weights = tf.ones<tf.Rank.R1>([rows.x.shape[0]]);
  let statistics: tf.Tensor1D | undefined;
  const found = gradient((u) => {
    if (model.training === undefined) return ops.crossEntropy(rows.y, model.logits(u, rows.x), weights);
    const pass = model.training.logits(u, rows.x, masks);
    // It outlives the differentiation, and ends with the step.
    if (pass.statistics !== undefined) statistics = tf.keep(pass.statistics);
    return ops.crossEntropy(rows.y, pass.logits, weights);
  }, w);
  const trained = model.statisticsFrom;
  return {
    value: found.value,
    gradient: trained === model.layout.size ? found.gradient : tf.slice(found.gradient, [0], [trained]),
    statistics,
  };
}

/** The running statistics after a batch. `batch` is put away. */
function moved(running: tf.Tensor1D, batch: tf.Tensor1D): tf.Tensor1D {
  const next: tf.Tensor1D = tf.add(tf.mul(running, 1 - statisticsMomentum), tf.mul(batch, statisticsMomentum));
  batch.dispose();
  return next;
}

/** g, or g c/||g|| where that is shorter: PyTorch's clip_grad_norm_. */
function shortened(g: tf.Tensor1D, most: number | undefined): tf.Tensor1D {
  if (most === undefined) return g;
  const length = tf.sqrt(tf.sum(tf.square(g)));
  return tf.mul(g, tf.minimum(tf.div(most, tf.add(length, 1e-6)), 1));
}

/** Rows of a piece, of equal pieces as far as that goes. A batch whose statistics count is one piece. */
function pieceOf(model: Model, size: number): number {
  if (model.statisticsFrom < model.layout.size) return size;
  const most = Math.max(1, Math.floor(Math.min(mostInput / model.features, mostActivations / model.activations)));
  return Math.ceil(size / Math.ceil(size / most));
}

function optimiserOf({ optimiser, momentum, weightDecay }: MinibatchProtocol): Optimiser {
  if (optimiser === 'adam') return adam({ weightDecay });
  return optimiser === 'adadelta' ? adadelta({ weightDecay }) : sgd({ momentum, weightDecay });
}
