/**
 * One step of DP-SGD (Abadi et al., CCS 2016), compiled, for a batch that rows have joined independently:
 *
 *   g = (1/B) ( sum_j min(1, C / ||g_j||) g_j + N(0, (noise C)^2 I) ),   B the expected size of the batch,
 *   w <- optimiser(w, g).
 *
 * Batches differ in size, graphs do not: rounds of one size, filled up with rows of weight 0, are summed, then the step is taken.
 */
import type { Model, Rows } from '@theriac/game';
import { randomStream } from '@theriac/tensors';
import { compile, tf } from '@theriac/tensors/engine';
import type { Compiled } from '@theriac/tensors/engine';
import type { MinibatchStep, StepInput } from '../minibatch-step';
import { optimiserOf } from '../minibatch-step';
import type { MinibatchProtocol } from '../protocol';
import { gatheredBatch, givenBatch, stepFrom } from '../step-functions';
import type { ResidentRows } from '../training-data';
import { clippedSums } from './clipped-sums';
import type { PrivacySettings } from './guarantee';
import { rowGradientNorms } from './row-gradient-norms';

/** Activations of a round, in values: two passes over them, and the shifted images of a convolution, are held at once. */
const mostActivations = 1 << 24;

/** What a private step is determined by, beside protocol and model. */
export interface PrivateStepSettings extends PrivacySettings {
  /** B. */
  readonly expectedBatch: number;
  /** Of the noise. */
  readonly seed: number;
}

/** Private steps of training `model`. Throws FAILED_PRECONDITION where its rows influence each other. The caller disposes. */
export function privateStep(protocol: MinibatchProtocol, model: Model, settings: PrivateStepSettings): MinibatchStep {
  const { clip, noise, expectedBatch, seed } = settings;
  const optimiser = optimiserOf(protocol);
  const norms = rowGradientNorms(model);
  const round = roundOf(model, expectedBatch);
  const graphs = new Map<string, Compiled>();

  function run(key: string, f: (...inputs: tf.Tensor[]) => tf.Tensor[], inputs: readonly tf.Tensor[]): tf.Tensor[] {
    const graph = graphs.get(key) ?? compile(f, inputs);
    graphs.set(key, graph);
    return graph(...inputs);
  }

  /** (sum of losses, sum of shortened gradients) over one round, added to `before`. */
  function addRound(rows: RoundRows, w: tf.Tensor, before: readonly tf.Tensor[]): tf.Tensor[] {
    const { inputs, masks, weights, gathers } = rows;
    const f = (...all: tf.Tensor[]): tf.Tensor[] => {
      const own = all.slice(0, inputs.length);
      const [rowWeights, at, lossBefore, sumBefore, ...kept] = all.slice(inputs.length) as [
        tf.Tensor1D,
        tf.Tensor1D,
        tf.Scalar,
        tf.Tensor1D,
        ...tf.Tensor2D[],
      ];
      const reader = gathers ? gatheredBatch(model, own) : givenBatch(model, own);
      const drops = kept.map((mask) => tf.cast<tf.Tensor2D>(mask, 'float32'));
      const batch = { ...reader.read(0, round), weights: rowWeights, masks: drops };
      const { loss, gradient } = clippedSums(model, norms, clip, at, batch);
      return [tf.add(lossBefore, loss), tf.add(sumBefore, gradient)];
    };
    const found = run(`sums/${gathers}/${masks.length}`, f, [...inputs, weights, w, ...before, ...masks]);
    tf.dispose([...before]);
    return found;
  }

  return {
    slots: optimiser.slots,
    trained: model.statisticsFrom,
    run(input, resident) {
      const size = input.batch.indices.length;
      const w = tf.tensor1d(input.w);
      let sums: tf.Tensor[] = [tf.scalar(0), tf.zeros([input.w.length])];
      for (let from = 0; from < size; from += round) {
        const rows = roundRows(model, input, resident, from, round);
        sums = addRound(rows, w, sums);
        rows.dispose();
      }
      const settings = [
        tf.scalar(1 / expectedBatch),
        tf.scalar(input.learningRate),
        tf.scalar(input.count),
        w,
        ...input.slots.map((slot) => tf.tensor1d(slot)),
      ];
      const f = (loss: tf.Tensor, sum: tf.Tensor, drawn: tf.Tensor, ...rest: tf.Tensor[]): tf.Tensor[] => {
        const gradient = tf.add<tf.Tensor1D>(sum, drawn);
        const noisy = { loss: loss as tf.Scalar, gradient, statistics: undefined };
        return stepFrom(model, optimiser, protocol.clipNorm, noisy, rest);
      };
      const drawn = tf.tensor1d(noiseOf(input.w.length, noise * clip, seed, input.count));
      const outputs = run('step', f, [...sums, drawn, ...settings]);
      const [loss, next, ...slots] = outputs.map((output) => output.dataSync<'float32'>());
      tf.dispose([...sums, drawn, ...settings, ...outputs]);
      return { loss: ((loss?.[0] ?? NaN) * expectedBatch) / Math.max(1, size), w: next as Float32Array, slots };
    },
    dispose() {
      for (const graph of graphs.values()) graph.dispose();
      graphs.clear();
    },
  };
}

/** Rows of a round: an expected batch and four deviations more in as few equal rounds as memory allows. */
function roundOf({ activations }: Model, expectedBatch: number): number {
  const usual = Math.ceil(expectedBatch + 4 * Math.sqrt(expectedBatch));
  return Math.ceil(usual / Math.ceil((usual * activations) / mostActivations));
}

/** N(0, deviation^2) of step `count`, [size]; zeros where the deviation is 0. */
function noiseOf(size: number, deviation: number, seed: number, count: number): Float32Array {
  const values = new Float32Array(size);
  if (deviation === 0) return values;
  const random = randomStream(seed, 'privacy', 'noise', count);
  for (let k = 0; k < size; k++) values[k] = deviation * random.normal();
  return values;
}

interface RoundRows {
  /** Resident rows and indices, or the rows themselves. */
  readonly inputs: readonly tf.Tensor[];
  readonly gathers: boolean;
  readonly weights: tf.Tensor1D;
  readonly masks: readonly tf.Tensor2D[];
  dispose(): void;
}

/** The rows [from, from + round) of a batch; beyond its end rows of weight 0. */
function roundRows(
  model: Model,
  { batch: { indices, rows }, masks }: StepInput,
  resident: ResidentRows | undefined,
  from: number,
  round: number,
): RoundRows {
  const to = Math.min(from + round, indices.length);
  const layers = masks.length === 0 ? [] : (model.training?.dropout ?? []);
  const kept = layers.map(({ width }, k) => {
    const mask = filled(new Uint8Array(round * width), (masks[k] as Uint8Array).subarray(from * width, to * width));
    return tf.tensor2d(mask, [round, width], 'bool');
  });
  const weights = tf.tensor1d(new Float32Array(round).fill(1, 0, to - from));
  const gathers = rows === undefined && resident !== undefined;
  const own = gathers
    ? [tf.tensor1d(filled(new Int32Array(round), indices.subarray(from, to)), 'int32')]
    : givenRows(rows as Rows, from, to, round);
  return {
    inputs: gathers ? [resident.x, resident.y, ...own] : own,
    gathers,
    weights,
    masks: kept,
    dispose: () => tf.dispose([...own, weights, ...kept]),
  };
}

function givenRows({ x, y, features }: Rows, from: number, to: number, round: number): tf.Tensor[] {
  const values = filled(new Float32Array(round * features), x.subarray(from * features, to * features));
  const labels = new Int32Array(round);
  labels.set(y.subarray(from, to));
  return [tf.tensor2d(values, [round, features]), tf.tensor1d(labels, 'int32')];
}

function filled<T extends Uint8Array | Int32Array | Float32Array>(all: T, some: T): T {
  all.set(some);
  return all;
}
