/**
 * One step of minibatch training, compiled. A batch whose activations are few is one graph: rows are gathered by index inside it
 * where they are resident, and nothing but w leaves it. A larger one is taken in rounds of equal size, a graph run for each, so
 * that memory stays bounded; where a model has batch normalisation, the rows of a round share their statistics, and the running
 * ones take the mean over the rounds.
 */
import type { Model, Rows } from '@theriac/game';
import { adadelta, adam, compile, sgd, tf } from '@theriac/tensors/engine';
import type { Compiled, Optimiser } from '@theriac/tensors/engine';
import type { MinibatchProtocol } from './protocol';
import { added, gatheredBatch, givenBatch, stepFrom, sumsOver } from './step-functions';
import type { Sums } from './step-functions';
import type { ResidentRows } from './training-data';

/** Activations of a round, in values: a gradient holds them two or three times, in float32 half a gigabyte and more. */
const mostActivations = 1 << 26;
/** Rows of a round that share statistics: so many at least, whatever the memory. */
const fewestNormalised = 8;

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
  const graphs = new Map<string, Compiled>();

  /** Runs the graph of f, made of `inputs` when first needed; `key` names f and the shapes. */
  function compiled(
    key: string,
    f: (...inputs: tf.Tensor[]) => tf.Tensor[],
    inputs: readonly tf.Tensor[],
  ): tf.Tensor[] {
    const graph = graphs.get(key) ?? compile(f, inputs);
    graphs.set(key, graph);
    return graph(...inputs);
  }

  const step = (sums: Sums, inputs: readonly tf.Tensor[]): tf.Tensor[] =>
    stepFrom(model, optimiser, protocol.clipNorm, sums, inputs);

  /** Sums over some rows; what `before` has is added, and put away. */
  function roundSums(rows: RoundInputs, w: tf.Tensor, before: readonly tf.Tensor[]): tf.Tensor[] {
    const { batch, masks } = rows;
    const f = (...inputs: tf.Tensor[]): tf.Tensor[] => {
      const [own, rest] = [inputs.slice(0, batch.length), inputs.slice(batch.length)];
      const found = sumsOver(
        model,
        rest[0] as tf.Tensor1D,
        rows.reader(own),
        rest.slice(1, 1 + masks.length) as tf.Tensor2D[],
      );
      return listed(added(sumsFrom(rest.slice(1 + masks.length)), found));
    };
    const sums = compiled(`${rows.key}/sums/${before.length}`, f, [...batch, w, ...masks, ...before]);
    tf.dispose([...before]);
    return sums;
  }

  return {
    slots: optimiser.slots,
    trained: model.statisticsFrom,
    run(input, resident) {
      const size = input.batch.indices.length;
      const round = roundOf(model, size);
      const settings = [
        tf.scalar(1 / size),
        tf.scalar(input.learningRate),
        tf.scalar(input.count),
        tf.tensor1d(input.w),
        ...input.slots.map((slot) => tf.tensor1d(slot)),
      ];
      let outputs: tf.Tensor[];
      if (round === size) {
        const rows = roundInputs(model, input, resident, 0, size);
        const f = (...inputs: tf.Tensor[]): tf.Tensor[] => {
          const from = rows.batch.length;
          const own = inputs.slice(from, from + settings.length);
          const masks = inputs.slice(from + settings.length) as tf.Tensor2D[];
          return step(sumsOver(model, own[3] as tf.Tensor1D, rows.reader(inputs.slice(0, from)), masks), own);
        };
        outputs = compiled(rows.key, f, [...rows.batch, ...settings, ...rows.masks]);
        rows.dispose();
      } else {
        let sums: tf.Tensor[] = [];
        for (let from = 0; from < size; from += round) {
          const rows = roundInputs(model, input, resident, from, Math.min(from + round, size));
          sums = roundSums(rows, settings[3] as tf.Tensor, sums);
          rows.dispose();
        }
        const count = sums.length;
        const f = (...inputs: tf.Tensor[]): tf.Tensor[] =>
          step(sumsFrom(inputs.slice(0, count)) as Sums, inputs.slice(count));
        outputs = compiled('step', f, [...sums, ...settings]);
        tf.dispose(sums);
      }
      tf.dispose(settings);
      const [loss, w, ...slots] = outputs.map((output) => output.dataSync<'float32'>());
      tf.dispose(outputs);
      return { loss: loss?.[0] ?? NaN, w: w as Float32Array, slots };
    },
    dispose() {
      for (const graph of graphs.values()) graph.dispose();
      graphs.clear();
    },
  };
}

/** The rows [from, to) of a batch as inputs of a graph. */
interface RoundInputs {
  readonly key: string;
  readonly batch: readonly tf.Tensor[];
  readonly masks: readonly tf.Tensor2D[];
  /** Reads them within the graph. */
  reader(batch: readonly tf.Tensor[]): ReturnType<typeof givenBatch>;
  dispose(): void;
}

function roundInputs(
  model: Model,
  { batch: { indices, rows }, masks }: StepInput,
  resident: ResidentRows | undefined,
  from: number,
  to: number,
): RoundInputs {
  const count = to - from;
  const { features } = model;
  const layers = masks.length === 0 ? [] : (model.training?.dropout ?? []);
  const kept = layers.map(({ width }, k) =>
    tf.tensor2d((masks[k] as Uint8Array).subarray(from * width, to * width), [count, width], 'bool'),
  );
  const gathers = rows === undefined && resident !== undefined;
  const own = gathers
    ? [tf.tensor1d(indices.slice(from, to), 'int32')]
    : [
        tf.tensor2d((rows as Rows).x.subarray(from * features, to * features), [count, features]),
        tf.tensor1d(Int32Array.from((rows as Rows).y.subarray(from, to)), 'int32'),
      ];
  return {
    key: `${count}/${gathers}/${kept.length}`,
    batch: gathers ? [resident.x, resident.y, ...own] : own,
    masks: kept,
    reader: (batch) => (gathers ? gatheredBatch(model, batch) : givenBatch(model, batch)),
    dispose: () => tf.dispose([...own, ...kept]),
  };
}

const listed = ({ loss, gradient, statistics }: Sums): tf.Tensor[] =>
  statistics === undefined ? [loss, gradient] : [loss, gradient, statistics];

function sumsFrom([loss, gradient, statistics]: readonly tf.Tensor[]): Sums | undefined {
  if (loss === undefined || gradient === undefined) return undefined;
  return {
    loss: loss as tf.Scalar,
    gradient: gradient as tf.Tensor1D,
    statistics: statistics as tf.Tensor1D | undefined,
  };
}

/** Rows of a round: the batch in as few equal rounds as memory allows. */
function roundOf({ activations, statisticsFrom, layout }: Model, size: number): number {
  const fewest = statisticsFrom < layout.size ? fewestNormalised : 1;
  return Math.ceil(size / Math.ceil(size / Math.max(fewest, Math.floor(mostActivations / activations))));
}

/** The update rule of a protocol. */
export function optimiserOf({ optimiser, momentum, weightDecay }: MinibatchProtocol): Optimiser {
  if (optimiser === 'adam') return adam({ weightDecay });
  return optimiser === 'adadelta' ? adadelta({ weightDecay }) : sgd({ momentum, weightDecay });
}
