import { norm, randomStream } from '@theriac/tensors';
import { liveTensors, startBackend } from '@theriac/tensors/engine';
import { createModel } from './models/registry';
import { createOracles } from './oracles';
import { residualNetwork } from './models/resnet';
import type { RowData, Rows, StreamedRows } from './rows';
import {
  regressionGradient,
  regressionHessianVectorProduct,
  regressionLogits,
  regressionMixedProduct,
} from './softmax-regression';

beforeAll(async () => {
  await startBackend();
});

const [features, classes] = [12, 4];

const narrow = residualNetwork('narrow', [
  { blocks: 1, width: 4 },
  { blocks: 1, width: 6 },
]);

function randomRows(count: number, seed: number, width = features): Rows {
  const random = randomStream(seed, 'rows');
  const x = Float32Array.from({ length: count * width }, () => random.normal());
  const y = Int32Array.from({ length: count }, () => random.integer(classes));
  return { x, y, count, features: width };
}

function randomVector(length: number, scale: number, seed: number): Float32Array {
  const random = randomStream(seed, 'vector');
  return Float32Array.from({ length }, () => scale * random.normal());
}

function relativeError(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  let [difference, size] = [0, 0];
  expect(found.length).toBe(expected.length);
  for (let k = 0; k < expected.length; k++) {
    difference += ((found[k] as number) - (expected[k] as number)) ** 2;
    size += (expected[k] as number) ** 2;
  }
  return Math.sqrt(difference / size);
}

describe('oracles of softmax regression against closed forms in float64', () => {
  const model = createModel('lr', [features], classes);
  const w = randomVector(model.layout.size, 0.5, 1);
  const v = randomVector(model.layout.size, 1, 2);

  it.each([
    ['one chunk', 32, 32],
    ['several chunks with a remainder', 10, 33],
    ['fewer rows than a chunk', 100, 7],
  ])('%s', (_, chunk, count) => {
    const rows = randomRows(count, count);
    const oracles = createOracles(model, { chunk });
    const before = liveTensors();
    const { loss, gradient } = oracles.gradient(w, rows);
    const expected = regressionGradient(w, rows, classes);
    expect(loss).toBeCloseTo(expected.loss, 5);
    expect(relativeError(gradient, expected.gradient)).toBeLessThan(1e-5);
    expect(relativeError(oracles.logits(w, rows), regressionLogits(w, rows, classes))).toBeLessThan(1e-5);
    expect(
      relativeError(oracles.hessianVectorProduct(w, v, rows), regressionHessianVectorProduct(w, v, rows, classes)),
    ).toBeLessThan(1e-5);
    expect(relativeError(oracles.mixedProduct(w, v, rows), regressionMixedProduct(w, v, rows, classes))).toBeLessThan(
      1e-5,
    );
    expect(liveTensors()).toBe(before);
    oracles.dispose();
  });
});

describe.each([
  ['nn-gc', [features]],
  ['nn-tgda', [features]],
  ['cnn-tgda', [4, 4, 2]],
  ['cnn-gc', [8, 6, 1]],
  ['a narrow ResNet', [5, 4, 3]],
])('oracles of %s', (id, shape) => {
  const model = id.startsWith('a narrow') ? narrow.create(shape, classes) : createModel(id, shape, classes);
  const w = model.initialise(randomStream(3, 'initialisation'));
  const rows = randomRows(21, 5, model.features);
  it('do not depend on the chunks', () => {
    const v = randomVector(w.length, 1, 6);
    const [whole, parts] = [createOracles(model, { chunk: 21 }), createOracles(model, { chunk: 4 })];
    expect(relativeError(parts.gradient(w, rows).gradient, whole.gradient(w, rows).gradient)).toBeLessThan(1e-5);
    expect(relativeError(parts.hessianVectorProduct(w, v, rows), whole.hessianVectorProduct(w, v, rows))).toBeLessThan(
      1e-5,
    );
    expect(relativeError(parts.mixedProduct(w, v, rows), whole.mixedProduct(w, v, rows))).toBeLessThan(1e-5);
    expect(relativeError(parts.logits(w, rows), whole.logits(w, rows))).toBeLessThan(1e-5);
    whole.dispose();
    parts.dispose();
  });

  it('make of streamed rows what they make of held ones, a block at a time', () => {
    const v = randomVector(w.length, 1, 6);
    const blocks: [number, number][] = [];
    const streamed: StreamedRows = {
      y: rows.y,
      count: rows.count,
      features: rows.features,
      gather: () => new Float32Array(),
      block(from, to) {
        blocks.push([from, to]);
        return rows.x.slice(from * rows.features, to * rows.features);
      },
    };
    const oracles = createOracles(model, { chunk: 2 });
    const before = liveTensors();
    for (const of of [
      (given: RowData) => oracles.gradient(w, given).gradient,
      (given: RowData) => oracles.hessianVectorProduct(w, v, given),
      (given: RowData) => oracles.mixedProduct(w, v, given),
    ])
      expect(relativeError(of(streamed), of(rows))).toBe(0);
    expect(Math.max(...blocks.map(([from, to]) => to - from))).toBe(2);
    expect(blocks.at(-1)).toEqual([20, 21]);
    expect(liveTensors()).toBe(before);
    oracles.dispose();
  });
});

it.each(['nn-gc', 'nn-tgda'])('%s: the loss changes along the gradient as differences say', (id) => {
  const model = createModel(id, [features], classes);
  const w = model.initialise(randomStream(3, 'initialisation'));
  const rows = randomRows(21, 5);
  const oracles = createOracles(model);
  const { gradient } = oracles.gradient(w, rows);
  const size = norm(gradient);
  const along = (step: number): number =>
    oracles.gradient(
      w.map((value, k) => value + (step * (gradient[k] as number)) / size),
      rows,
    ).loss;
  expect((along(1e-2) - along(-1e-2)) / 2e-2 / size).toBeCloseTo(1, 2);
  oracles.dispose();
});

it('takes as many rows at once as their activations allow', () => {
  const chunkOf = (id: string, shape: number[]): number => {
    const oracles = createOracles(createModel(id, shape, 10));
    oracles.dispose();
    return oracles.chunk;
  };
  expect(chunkOf('lr', [28, 28, 1])).toBe(2674);
  for (const [id, shape] of [
    ['cnn-gc', [28, 28, 1]],
    ['cnn-tgda', [28, 28, 1]],
    ['resnet-18', [32, 32, 3]],
  ] as const) {
    const { activations } = createModel(id, shape, 10);
    expect(chunkOf(id, [...shape]) * activations).toBeLessThanOrEqual(1 << 25);
    expect(chunkOf(id, [...shape]) * activations).toBeGreaterThan(1 << 22);
  }
});
