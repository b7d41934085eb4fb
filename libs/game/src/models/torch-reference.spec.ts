/** Every model against PyTorch's double backward in float64 (torch-reference.py), which builds it of torch's own functions. */
import {
  gradient,
  hessianVectorProduct,
  liveTensors,
  mixedProduct,
  ops,
  startBackend,
  tf,
} from '@theriac/tensors/engine';
import type { Model } from '../model';
import { createModel } from './registry';
import { residualNetwork } from './resnet';
import reference from './torch-reference.json';

/** Once, not at each of millions of calls: a global costs much inside Jest. */
const { imul } = Math;

type Case = (typeof reference)['lr'];

/** As in torch-reference.py. */
function pattern(seed: number, count: number): Float32Array {
  const values = new Float32Array(count);
  const start = Number((2654435761n * BigInt(seed)) % 4294967296n);
  for (let i = 0; i < count; i++) {
    let h = (start + i) >>> 0;
    h = imul(h ^ (h >>> 16), 0x85ebca6b);
    h = imul(h ^ (h >>> 13), 0xc2b2ae35);
    values[i] = (2 * ((h ^ (h >>> 16)) >>> 0)) / 2 ** 32 - 1;
  }
  return values;
}

/** As in torch-reference.py: weights as He et al. scale them; gamma and variances around 1. */
function valuesOf(model: Model, seed: number): Float32Array {
  const w = pattern(seed, model.layout.size);
  for (const { name, shape, offset, size } of model.layout.views) {
    const around = name.endsWith('running_var') || (name.endsWith('weight') && shape.length === 1) ? 1 : 0;
    const fanIn = shape.slice(0, -1).reduce((product, n) => product * n, 1);
    const scale = shape.length > 1 ? Math.sqrt(6 / fanIn) : 0.5;
    for (let k = offset; k < offset + size; k++) w[k] = around + scale * (w[k] as number);
  }
  return w;
}

/** ResNets narrower than the real ones, for the sake of time. */
function modelOf({ model, shape, classes, stages }: Case): Model {
  if (stages.length === 0) return createModel(model, shape, classes);
  return residualNetwork(
    model,
    (stages as [number, number][]).map(([blocks, width]) => ({ blocks, width })),
  ).create(shape, classes);
}

function expectDerivative(found: Float32Array, expected: Case['gradient'], seed: number): void {
  let squares = 0;
  for (const value of found) squares += value * value;
  const { norm, probes } = expected;
  expect(Math.abs(Math.sqrt(squares) / norm - 1)).toBeLessThan(within);
  probes.forEach((probe, k) => {
    const along = pattern(seed + k, found.length);
    let inner = 0;
    for (let i = 0; i < found.length; i++) inner += (found[i] as number) * (along[i] as number);
    expect(Math.abs(inner - probe) / norm).toBeLessThan(within);
  });
}

/** Relative; float32. */
const within = 2e-5;

beforeAll(async () => {
  await startBackend({ prefer: 'tensorflow' });
});

describe('models against PyTorch double backward', () => {
  it.each(Object.entries(reference))('%s', (_, found) => {
    const given = found as Case;
    const model = modelOf(given);
    const { rows, seed, classes } = given;
    expect(model.layout.views.map((view) => [view.name, ...view.shape])).toEqual(given.parts);
    const before = liveTensors();
    const values = valuesOf(model, seed);
    const results = tf.tidy(() => {
      const w = tf.tensor1d(values);
      const v = tf.tensor1d(pattern(seed + 1, w.size));
      const x = tf.tensor2d(pattern(seed + 2, rows * model.features), [rows, model.features]);
      const labels = Int32Array.from({ length: rows }, (_, i) => i % classes);
      const y = ops.oneHot(tf.tensor1d(labels, 'int32'), classes);
      const masks = (model.training?.dropout ?? []).map(({ width }, k) =>
        tf.tensor2d(
          pattern(seed + 3 + k, rows * width).map((value) => Number(value > -0.5)),
          [rows, width],
        ),
      );
      const forward = (u: tf.Tensor1D, input: tf.Tensor2D): tf.Tensor2D =>
        given.training
          ? (model.training as NonNullable<Model['training']>).logits(u, input, masks).logits
          : model.logits(u, input);
      const loss = (input: tf.Tensor2D, u: tf.Tensor1D): tf.Scalar => ops.crossEntropy(y, forward(u, input));
      const first = gradient((u) => loss(x, u), w);
      return [
        first.value,
        first.gradient,
        hessianVectorProduct((u) => loss(x, u), w, v),
        mixedProduct(loss, x, w, v),
      ].map((tensor) => tensor.dataSync<'float32'>());
    });
    const [loss, slope, hessian, mixed] = results as [Float32Array, Float32Array, Float32Array, Float32Array];
    expect(Math.abs((loss[0] as number) - given.loss)).toBeLessThan(within);
    const trained = model.statisticsFrom;
    expect(slope.subarray(trained).every((value) => value === 0)).toBe(true);
    expect(hessian.subarray(trained).every((value) => value === 0)).toBe(true);
    expectDerivative(slope.subarray(0, trained), given.gradient, seed + 10);
    expectDerivative(hessian.subarray(0, trained), given.hessianVectorProduct, seed + 20);
    expectDerivative(mixed, given.mixedProduct, seed + 30);
    expect(liveTensors()).toBe(before);
  });
});
