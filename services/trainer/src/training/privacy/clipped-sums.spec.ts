import type { Model } from '@theriac/game';
import { createModel } from '@theriac/game/engine';
import { norm, randomStream } from '@theriac/tensors';
import { compile, gradient, liveTensors, ops, startBackend, tf } from '@theriac/tensors/engine';
import { normalisedModel } from '../../fakes/normalised-model';
import { keepMasks } from '../dropout-masks';
import { clippedSums } from './clipped-sums';
import { rowGradientNorms } from './row-gradient-norms';

beforeAll(async () => {
  await startBackend({ threads: 1 });
});

const [count, classes] = [6, 3];

interface Case {
  readonly model: Model;
  readonly w: Float32Array;
  readonly x: Float32Array;
  readonly y: Int32Array;
  readonly masks: readonly Uint8Array[];
}

function caseOf(id: string, shape: readonly number[]): Case {
  const model = createModel(id, shape, classes);
  const random = randomStream(5, 'clipping', id);
  const masks = keepMasks(model.training?.dropout ?? [], count, 1, 0);
  return {
    model,
    w: model.initialise(random.fork('w')),
    x: Float32Array.from({ length: count * model.features }, (_, k) => (1 + (k % 5)) * random.normal()),
    y: Int32Array.from({ length: count }, () => random.integer(classes)),
    masks,
  };
}

/** dell_j/dw of one row, by a pass of its own, in float64. */
function rowGradient({ model, w, x, y, masks }: Case, row: number): Float64Array {
  const { features } = model;
  const sum = tf.tidy(() => {
    const own = tf.tensor2d(x.slice(row * features, (row + 1) * features), [1, features]);
    const label = ops.oneHot(tf.tensor1d([y[row]!], 'int32'), classes);
    const kept = (model.training?.dropout ?? []).map(({ width }, k) =>
      tf.tensor2d(Float32Array.from(masks[k]!.subarray(row * width, (row + 1) * width)), [1, width]),
    );
    const logits = (u: tf.Tensor1D) => model.training?.logits(u, own, kept).logits ?? model.logits(u, own);
    return gradient((u) => ops.crossEntropy(label, logits(u)), tf.tensor1d(w)).gradient;
  });
  const values = Float64Array.from(sum.dataSync());
  sum.dispose();
  return values;
}

function sumByRows(own: Case, weights: readonly number[], clip: number): Float64Array {
  const sum = new Float64Array(own.w.length);
  weights.forEach((weight, row) => {
    const g = rowGradient(own, row);
    const factor = weight * Math.min(1, clip / norm(g));
    g.forEach((value, k) => (sum[k]! += factor * value));
  });
  return sum;
}

function inputsOf({ model, w, x, y, masks }: Case, weights: readonly number[]): tf.Tensor[] {
  return [
    tf.tensor1d(w),
    tf.tensor2d(x, [count, model.features]),
    tf.tidy(() => ops.oneHot(tf.tensor1d(y, 'int32'), classes)),
    tf.tensor1d([...weights]),
    ...(model.training?.dropout ?? []).map(({ width }, k) => tf.tensor2d(Float32Array.from(masks[k]!), [count, width])),
  ];
}

const cases: readonly (readonly [string, readonly number[]])[] = [
  ['lr', [7]],
  ['nn-gc', [7]],
  ['cnn-gc', [8, 9, 2]],
  ['cnn-tgda', [8, 9, 2]],
];

describe.each(cases)('the clipped sum of %s on rows of %j', (id, shape) => {
  const weights = [1, 1, 0, 1, 1, 0];

  it.each(['eagerly', 'compiled'])('is that of the rows one by one, %s', (how) => {
    const own = caseOf(id, shape);
    const lengths = weights.map((_, row) => norm(rowGradient(own, row)));
    // Some rows are shortened, some are not.
    const clip = lengths.toSorted((a, b) => a - b)[2]! * 1.01;
    const expected = sumByRows(own, weights, clip);
    const before = liveTensors();
    const inputs = inputsOf(own, weights);
    const norms = rowGradientNorms(own.model);
    const f = (w: tf.Tensor, x: tf.Tensor, y: tf.Tensor, rowWeights: tf.Tensor, ...masks: tf.Tensor[]): tf.Tensor[] => {
      const rows = { x, y, weights: rowWeights, masks } as Parameters<typeof clippedSums>[4];
      const found = clippedSums(own.model, norms, clip, w as tf.Tensor1D, rows);
      return [found.gradient, found.loss];
    };
    const graph = compile(f, inputs);
    const [sum, loss] = how === 'compiled' ? graph(...inputs) : f(...(inputs as Parameters<typeof f>));
    const found = sum!.dataSync();
    const scale = norm(expected);
    expect(norm(Float64Array.from(expected, (value, k) => value - found[k]!)) / scale).toBeLessThan(2e-5);
    expect(loss!.dataSync()[0]).toBeGreaterThan(0);
    graph.dispose();
    tf.dispose([...inputs, sum!, loss!]);
    expect(liveTensors()).toBe(before);
  });

  it('has the norms of the rows', () => {
    const own = caseOf(id, shape);
    const inputs = inputsOf(own, [1, 1, 1, 1, 1, 1]);
    const [w, x, y, ones, ...masks] = inputs;
    const rows = { x, y, weights: ones, masks } as Parameters<typeof clippedSums>[4];
    const { norms, loss } = rowGradientNorms(own.model)(w as tf.Tensor1D, rows);
    norms.dataSync().forEach((value, row) => {
      const expected = norm(rowGradient(own, row));
      expect(Math.abs(value - expected) / expected).toBeLessThan(2e-5);
    });
    tf.dispose([...inputs, norms, loss]);
  });
});

it('refuses a model whose rows influence each other', () => {
  expect(() => rowGradientNorms(normalisedModel)).toThrow(/batch normalisation mixes the rows/);
});
