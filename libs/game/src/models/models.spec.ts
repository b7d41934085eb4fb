import { randomStream, viewOf } from '@theriac/tensors';
import { gradient, liveTensors, ops, startBackend, tf } from '@theriac/tensors/engine';
import type { Model, TrainingPass } from '../model';
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

describe('a pass while training', () => {
  const passOf = (model: Model): TrainingPass => model.training as TrainingPass;

  it('of cnn-gc is the same as when used once dropout is off, and refuses a mask too few', () => {
    const model = networks['cnn-gc'] as Model;
    const w = model.initialise(randomStream(1, 'initialisation'));
    const x = images(model, 3, 4);
    const before = liveTensors();
    const [w1, x1, mask] = [tf.tensor1d(w), tf.tensor2d(x, [3, model.features]), tf.ones<tf.Rank.R2>([3, 384])];
    const { logits: found, statistics } = passOf(model).logits(w1, x1, []);
    expect(statistics).toBeUndefined();
    closeTo(found.dataSync<'float32'>(), logits(model, w, x), 1e-6);
    expect(passOf(model).dropout).toEqual([
      { rate: 0.25, width: 384 },
      { rate: 0.5, width: 128 },
    ]);
    expect(() => passOf(model).logits(w1, x1, [mask])).toThrow(/masks\.length is 1/);
    tf.dispose([w1, x1, mask, found]);
    expect(liveTensors()).toBe(before);
  });

  it('of a ResNet normalises by its batch: as when used with the statistics of that batch, variances biased', () => {
    const model = networks['a narrow ResNet'] as Model;
    const w = model.initialise(randomStream(1, 'initialisation'));
    const x = images(model, 3, 5);
    const before = liveTensors();
    const [w1, x1] = [tf.tensor1d(w), tf.tensor2d(x, [3, model.features])];
    const { logits: found, statistics } = passOf(model).logits(w1, x1, []);
    const running = w.slice();
    const own = statistics?.dataSync<'float32'>() ?? new Float32Array();
    expect(own.length).toBe(model.layout.size - model.statisticsFrom);
    for (const { name, offset, size } of model.layout.views.filter((view) => view.offset >= model.statisticsFrom)) {
      const samples = 3 * (name.startsWith('layer2') ? 4 * 5 : 8 * 10);
      const factor = name.endsWith('running_var') ? (samples - 1) / samples : 1;
      for (let k = offset; k < offset + size; k++) running[k] = factor * (own[k - model.statisticsFrom] as number);
    }
    closeTo(found.dataSync<'float32'>(), logits(model, running, x), 1e-4);
    expect(
      Math.max(...found.dataSync().map((z, k) => Math.abs(z - (logits(model, w, x)[k] as number)))),
    ).toBeGreaterThan(0.01);
    tf.dispose([w1, x1, found, statistics]);
    expect(liveTensors()).toBe(before);
  });
});
