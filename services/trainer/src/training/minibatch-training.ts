/**
 * Minibatch training of F(chi; w) = (1/N) sum ell: w <- optimiser(w, (1/|B|) sum_{j in B} d ell(z_j; w)/dw).
 *
 * One step is one graph: rows are gathered by index inside it, in pieces that stay in the cache, and the optimiser is part
 * of it, so that nothing but w leaves it.
 */
import type { PlainState } from '@theriac/game';
import { randomStream, TheriacError } from '@theriac/tensors';
import { adadelta, adam, compile, gradient, ops, sgd, tf } from '@theriac/tensors/engine';
import type { Compiled, Optimiser } from '@theriac/tensors/engine';
import { batchesPerEpoch, epochBatches } from './batches';
import type { Batches } from './batches';
import type { MinibatchProtocol } from './protocol';
import type { Trained, Training, TrainingTask } from './training';

const optimisers: Record<MinibatchProtocol['optimiser'], () => Optimiser> = {
  sgd: () => sgd(),
  adam: () => adam(),
  adadelta: () => adadelta(),
};

/** Values of the input layer that one piece of a batch holds at most: 4 MiB of float32. */
const pieceValues = 1 << 20;

/** Training of `task` by `protocol`. The caller disposes. */
export function minibatchTraining(protocol: MinibatchProtocol, task: TrainingTask): Training {
  const { model, data, seed } = task;
  const p = model.layout.size;
  const optimiser = optimisers[protocol.optimiser]();
  const perEpoch = batchesPerEpoch(protocol, data.clean, data.added);
  const of = perEpoch * protocol.epochs;
  const piece = Math.max(1, Math.floor(pieceValues / model.features));
  const graphs = new Map<number, Compiled>();
  const slotNames = Array.from({ length: optimiser.slots }, (_, k) => `slot${k}`);
  let shuffled: { epoch: number; batches: Batches } | undefined;

  /** (x, y, indices, weight, rate, step, w, ...slots) -> (loss, w, ...slots) */
  function stepFunction(...inputs: tf.Tensor[]): tf.Tensor[] {
    const [x, y, indices, weight, rate, count, w, ...slots] = inputs as [
      tf.Tensor2D,
      tf.Tensor1D,
      tf.Tensor1D,
      tf.Scalar,
      tf.Scalar,
      tf.Scalar,
      tf.Tensor1D,
      ...tf.Tensor1D[],
    ];
    const size = indices.shape[0];
    let loss: tf.Tensor = tf.scalar(0);
    let g: tf.Tensor1D | undefined;
    for (let from = 0; from < size; from += piece) {
      const rows = Math.min(piece, size - from);
      const own = rows === size ? indices : tf.slice(indices, [from], [rows]);
      const xb = ops.gatherRows(x, own);
      const yb = ops.oneHot(ops.gatherRows<tf.Tensor1D>(y, own), model.classes);
      const weights = tf.ones<tf.Rank.R1>([rows]);
      const part = gradient((u) => ops.crossEntropy(yb, model.logits(u, xb), weights), w);
      loss = tf.add(loss, part.value);
      g = g === undefined ? part.gradient : tf.add(g, part.gradient);
    }
    const mean = tf.mul<tf.Tensor1D>(g as tf.Tensor1D, weight);
    const next = optimiser.update(w, mean, slots, rate, count);
    return [tf.mul(loss, weight), next.w, ...next.slots];
  }

  function batchOf(step: number): Int32Array {
    const epoch = Math.floor(step / perEpoch);
    if (shuffled?.epoch !== epoch)
      shuffled = { epoch, batches: epochBatches(protocol, data.clean, data.added, seed, epoch) };
    return shuffled.batches.batch(step % perEpoch);
  }

  return {
    start(): PlainState {
      const slots = slotNames.map((name): [string, Float32Array] => [name, new Float32Array(p)]);
      const w = model.initialise(randomStream(seed, 'initialisation'));
      return {
        step: 0,
        of,
        done: of === 0,
        scalars: { loss: 0, epochLoss: 0 },
        arrays: { w, ...Object.fromEntries(slots), kept: new Float32Array(0) },
      };
    },
    step(state): PlainState {
      const indices = batchOf(state.step);
      const epoch = Math.floor(state.step / perEpoch);
      const w = state.arrays['w'] as Float32Array;
      const own = [
        tf.tensor1d(indices.slice(), 'int32'),
        tf.scalar(1 / indices.length),
        tf.scalar(protocol.learningRate * protocol.decay ** epoch),
        tf.scalar(state.step + 1),
        tf.tensor1d(w),
        ...slotNames.map((name) => tf.tensor1d(state.arrays[name] as Float32Array)),
      ];
      const inputs = [data.x, data.y, ...own];
      const graph = graphs.get(indices.length) ?? compile(stepFunction, inputs);
      graphs.set(indices.length, graph);
      const outputs = graph(...inputs);
      const [loss, next, ...slots] = outputs.map((output) => output.dataSync<'float32'>());
      tf.dispose([...outputs, ...own]);
      const value = loss?.[0] ?? NaN;
      if (!Number.isFinite(value)) throw diverged(protocol, epoch, value);
      const taken = state.step + 1;
      const ended = taken % perEpoch === 0;
      const epochLoss = (state.step % perEpoch === 0 ? 0 : (state.scalars['epochLoss'] as number)) + value / perEpoch;
      return {
        step: taken,
        of,
        done: taken === of,
        scalars: { loss: value, epochLoss },
        arrays: {
          w: next as Float32Array,
          ...Object.fromEntries(slotNames.map((name, k) => [name, slots[k] as Float32Array])),
          kept: ended
            ? keepLast(state.arrays['kept'] as Float32Array, next as Float32Array, task.keepEpochs)
            : (state.arrays['kept'] as Float32Array),
        },
      };
    },
    metrics: (state) => ({ loss: state.scalars['loss'] as number, epoch: state.step / perEpoch }),
    result(state): Trained {
      const kept = state.arrays['kept'] as Float32Array;
      return { parameters: state.arrays['w'] as Float32Array, kept, keptCount: kept.length / p, stopped: 'epochs' };
    },
    dispose() {
      for (const graph of graphs.values()) graph.dispose();
      graphs.clear();
    },
  };
}

/** The last `most` vectors of `kept` followed by `w`. */
function keepLast(kept: Float32Array, w: Float32Array, most: number): Float32Array {
  const p = w.length;
  const from = Math.max(0, kept.length / p + 1 - most) * p;
  const next = new Float32Array(kept.length - from + p);
  next.set(kept.subarray(from));
  next.set(w, kept.length - from);
  return next;
}

function diverged(protocol: MinibatchProtocol, epoch: number, loss: number): TheriacError {
  return new TheriacError(`Training diverged in epoch ${epoch + 1} of protocol ${protocol.id}.`, {
    code: 'ABORTED',
    field: 'protocol',
    found: `loss ${loss}`,
    allowed: 'a finite loss',
    remedy: 'Train with a smaller learning rate (stable-sgd), or constrain the poison.',
  });
}
