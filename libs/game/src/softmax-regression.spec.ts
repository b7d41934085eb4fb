import { randomStream } from '@theriac/tensors';
import {
  regressionErrors,
  regressionGradient,
  regressionHessianVectorProduct,
  regressionLogits,
  regressionMixedProduct,
  softmaxRows,
} from './softmax-regression';
import type { RealRows } from './softmax-regression';

const classes = 4;
const features = 6;
const count = 9;
const size = features * classes + classes;
const random = randomStream(11, 'softmax-regression');
const normals = (length: number) => Float64Array.from({ length }, () => random.normal());
const w = normals(size);
const v = normals(size);
const rows: RealRows = {
  x: normals(count * features),
  y: Int32Array.from({ length: count }, () => random.integer(classes)),
  count,
  features,
};

const lossAt = (parameters: Float64Array) => regressionGradient(parameters, rows, classes).loss;
const shifted = (from: Float64Array, by: Float64Array, h: number) => from.map((value, i) => value + h * by[i]!);
const unit = (length: number, at: number) => Float64Array.from({ length }, (_, i) => (i === at ? 1 : 0));
const dot = (a: Float64Array, b: Float64Array) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);

function expectClose(found: Float64Array, expected: Float64Array, tolerance: number) {
  found.forEach((value, i) => expect(Math.abs(value - expected[i]!)).toBeLessThan(tolerance));
}

describe('softmax regression', () => {
  it('gives ln c at w = 0, and the class frequencies as the bias gradient', () => {
    const { loss, gradient } = regressionGradient(new Float64Array(size), rows, classes);
    expect(loss).toBeCloseTo(Math.log(classes), 14);
    for (let k = 0; k < classes; k++) {
      const frequency = Array.from(rows.y as Int32Array).filter((label) => label === k).length / count;
      expect(gradient[features * classes + k]).toBeCloseTo(1 / classes - frequency, 14);
    }
  });

  it('has the gradient of its loss (central differences)', () => {
    const numeric = w.map(
      (_, i) => (lossAt(shifted(w, unit(size, i), 1e-5)) - lossAt(shifted(w, unit(size, i), -1e-5))) / 2e-5,
    );
    expectClose(regressionGradient(w, rows, classes).gradient, numeric, 1e-9);
  });

  it('has the Hessian of its loss (central differences of the gradient)', () => {
    const plus = regressionGradient(shifted(w, v, 1e-5), rows, classes).gradient;
    const minus = regressionGradient(shifted(w, v, -1e-5), rows, classes).gradient;
    expectClose(
      regressionHessianVectorProduct(w, v, rows, classes),
      plus.map((value, i) => (value - minus[i]!) / 2e-5),
      1e-8,
    );
  });

  it('has the mixed product (central differences of <g, v> in x)', () => {
    const x = rows.x as Float64Array;
    const inner = (moved: Float64Array) => dot(regressionGradient(w, { ...rows, x: moved }, classes).gradient, v);
    const numeric = x.map(
      (_, i) => (inner(shifted(x, unit(x.length, i), 1e-5)) - inner(shifted(x, unit(x.length, i), -1e-5))) / 2e-5,
    );
    expectClose(regressionMixedProduct(w, v, rows, classes), numeric, 1e-8);
  });

  it('stays finite with logits of a thousand, and is exact there', () => {
    const z = Float64Array.from([1000, 0, 0, 0, -1000, 0, 0, 0]);
    const { loss, errors } = regressionErrors(z, [1, 0], classes);
    expect(loss).toBeCloseTo((1000 + 1000 + Math.log(3)) / 2, 10);
    expectClose(errors, Float64Array.from([1, -1, 0, 0, -1, 1 / 3, 1 / 3, 1 / 3]), 1e-12);
    softmaxRows(z, classes).forEach((p) => expect(Number.isFinite(p)).toBe(true));
  });

  it('is linear in the parameters up to the softmax', () => {
    const z = regressionLogits(w, rows, classes);
    expectClose(
      regressionLogits(
        w.map((value) => 3 * value),
        rows,
        classes,
      ),
      z.map((value) => 3 * value),
      1e-12,
    );
  });
});

it('takes streamed rows in blocks of at most 16 MiB, and finds what it finds for held rows', () => {
  const [wide, count, classes] = [1 << 20, 5, 2];
  const x = new Float32Array(count * wide);
  for (let i = 0; i < x.length; i += 8191) x[i] = Math.sin(i);
  const held = { x, y: Int32Array.from([0, 1, 1, 0, 1]), count, features: wide };
  const asked: number[] = [];
  const streamed = {
    y: held.y,
    count,
    features: wide,
    gather: () => new Float32Array(0),
    block: (from: number, to: number) => {
      asked.push(to - from);
      return held.x.slice(from * wide, to * wide);
    },
  };
  const at = new Float64Array((wide + 1) * classes).map((_, i) => 0.01 * (i % 3));
  const expected = regressionGradient(at, held, classes);
  const found = regressionGradient(at, streamed, classes);
  expect(found.loss).toBeCloseTo(expected.loss, 14);
  expect(found.gradient.findIndex((value, i) => Math.abs(value - expected.gradient[i]!) > 1e-14)).toBe(-1);
  expect(Math.max(...asked)).toBe(4);
  expect(asked.reduce((sum, rowsAsked) => sum + rowsAsked, 0)).toBe(2 * count);
});
