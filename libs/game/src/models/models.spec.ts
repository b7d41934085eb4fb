import { randomStream, viewOf } from '@theriac/tensors';
import { gradient, liveTensors, ops, startBackend, tf } from '@theriac/tensors/engine';
import type { Model } from '../model';
import { createModel } from './registry';
import { residualNetwork } from './resnet';

beforeAll(async () => {
  await startBackend();
});

const [mnist, cifar, tinyImageNet] = [
  [28, 28, 1],
  [32, 32, 3],
  [64, 64, 3],
];

const trained = (id: string, shape: readonly number[], classes: number): number =>
  createModel(id, shape, classes).statisticsFrom;

describe('numbers of trained parameters, as published', () => {
  it.each([
    ['lr', mnist, 10, 7_850],
    ['nn-tgda', mnist, 10, 1_238_730],
    ['nn-gc', mnist, 10, 101_770],
    ['cnn-tgda', mnist, 10, 28_938],
    ['cnn-gc', mnist, 10, 1_199_882],
    ['cnn-cifar', cifar, 10, 62_006],
    ['resnet-18', cifar, 10, 11_173_962],
    ['resnet-34', cifar, 10, 21_282_122],
    ['resnet-34', tinyImageNet, 200, 21_379_592],
  ] as const)('%s for %j and %i classes: %i', (id, shape, classes, count) => {
    expect(trained(id, shape, classes)).toBe(count);
  });

  it.each([
    ['resnet-18', 4800],
    ['resnet-34', 8512],
  ])('%s has a running mean and variance for each of %i channels', (id, channels) => {
    const { layout, statisticsFrom } = createModel(id, cifar, 10);
    expect(layout.size - statisticsFrom).toBe(2 * channels);
  });
});

/** Every network of images, small; the ResNets as one with few and narrow blocks of both kinds. */
const networks: Record<string, Model> = {
  'cnn-gc': createModel('cnn-gc', [8, 10, 2], 3),
  'cnn-tgda': createModel('cnn-tgda', [8, 10, 2], 3),
  'cnn-cifar': createModel('cnn-cifar', [16, 18, 3], 3),
  'a narrow ResNet': residualNetwork('narrow', [
    { blocks: 2, width: 6 },
    { blocks: 1, width: 12 },
  ]).create([8, 10, 3], 3),
};

function images(model: Model, count: number, seed: number): Float32Array {
  const random = randomStream(seed, 'images');
  return Float32Array.from({ length: count * model.features }, () => random.normal());
}

function logits(model: Model, w: Float32Array, x: Float32Array): Float32Array {
  return tf.tidy(() =>
    model
      .logits(tf.tensor1d(w.slice()), tf.tensor2d(x, [x.length / model.features, model.features]))
      .dataSync<'float32'>(),
  );
}

function closeTo(found: Float32Array, expected: Float32Array, within: number): void {
  expect(found.length).toBe(expected.length);
  found.forEach((value, k) => expect(Math.abs(value - (expected[k] as number))).toBeLessThan(within));
}

describe.each(Object.entries(networks))('%s', (_, model) => {
  const w = model.initialise(randomStream(1, 'initialisation'));

  it('begins uniformly within 1/sqrt(fan-in), normalisation as the identity', () => {
    for (const { name, shape } of model.layout.views) {
      const values = viewOf(w, model.layout, name);
      const [low, high] = values.reduce(([a, b], value) => [Math.min(a, value), Math.max(b, value)], [9, -9]);
      if (/bias|running_mean/.test(name) && /bn|downsample\.1/.test(name)) expect([low, high]).toEqual([0, 0]);
      else if (/bn|downsample\.1/.test(name)) expect([low, high]).toEqual([1, 1]);
      else if (shape.length > 1) {
        const bound = 1 / Math.sqrt(shape.slice(0, -1).reduce((product, size) => product * size, 1));
        expect(Math.max(-low, high)).toBeLessThanOrEqual(Math.fround(bound));
        if (values.length > 200) expect(Math.min(-low, high)).toBeGreaterThan(0.9 * bound);
      }
    }
  });

  it('answers row by row, whatever stands beside', () => {
    const before = liveTensors();
    const x = images(model, 3, 2);
    const all = logits(model, w, x);
    const second = logits(model, w, x.slice(model.features, 2 * model.features));
    closeTo(second, all.slice(model.classes, 2 * model.classes), 1e-5);
    expect(liveTensors()).toBe(before);
  });

  it('has no gradient with respect to running statistics, and one with respect to every layer', () => {
    const before = liveTensors();
    const slope = tf.tidy(() => {
      const x = tf.tensor2d(images(model, 3, 3), [3, model.features]);
      const y = ops.oneHot(tf.tensor1d([0, 1, 2], 'int32'), 3);
      return gradient((u) => ops.crossEntropy(y, model.logits(u, x)), tf.tensor1d(w.slice())).gradient.dataSync();
    });
    expect(slope.slice(model.statisticsFrom).every((value) => value === 0)).toBe(true);
    for (const { name, offset, size } of model.layout.views)
      if (offset < model.statisticsFrom)
        expect([name, slope.slice(offset, offset + size).some((value) => value !== 0)]).toEqual([name, true]);
    expect(liveTensors()).toBe(before);
  });
});

it.each(['cnn-gc', 'cnn-tgda', 'cnn-cifar', 'resnet-18', 'resnet-34'])('%s refuses rows that are no images', (id) => {
  expect(() => createModel(id, [57], 2)).toThrow(/game\.model/);
});

it.each([
  ['cnn-gc', [5, 28, 1]],
  ['cnn-tgda', [3, 3, 1]],
  ['cnn-cifar', [15, 32, 3]],
])('%s refuses images of %j as too small', (id, shape) => {
  expect(() => createModel(id, shape, 2)).toThrow(/too deep for these images/);
});
