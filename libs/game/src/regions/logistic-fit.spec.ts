import { norm, randomStream } from '@theriac/tensors';
import { regressionGradient, regressionHessianVectorProduct } from '../softmax-regression';
import { decoyParameters } from './decoy';
import {
  accuracyOf,
  fitLogistic,
  logisticHessianVectorProduct,
  logisticObjective,
  logisticPreconditioner,
  marginsOf,
  signedRows,
} from './logistic-fit';
import type { SignedRows } from './logistic-fit';

const random = randomStream(2, 'logistic fit');
const [features, count] = [5, 240];
const y = Int32Array.from({ length: count }, () => random.integer(2));
const x = Float32Array.from(
  { length: count * features },
  (_, i) => (y[Math.floor(i / features)] === 1 ? 0.5 : -0.5) + random.normal(),
);
const rows = { x, y, count, features };
const signed = signedRows(rows);
const theta = Float64Array.from({ length: features + 1 }, () => random.normal());
/** The same model as softmax regression: logits (-t/2, t/2). */
const softmax = (t: Float64Array): Float64Array =>
  Float64Array.from([...t].flatMap((value) => [-value / 2, value / 2]));

describe('logistic regression on weighted rows', () => {
  it('is two-class softmax regression: loss, gradient, Hessian', () => {
    const { loss, gradient } = regressionGradient(softmax(theta), rows, 2);
    const found = logisticObjective([signed], theta, 0);
    expect(found.value).toBeCloseTo(loss, 12);
    found.gradient.forEach((value, j) => expect(value).toBeCloseTo(gradient[2 * j + 1]!, 12));
    const v = theta.map((value) => Math.cos(7 * value));
    const product = regressionHessianVectorProduct(softmax(theta), softmax(v), rows, 2);
    const own = logisticHessianVectorProduct([signed], theta, v, 0);
    own.forEach((value, j) => expect(value).toBeCloseTo(product[2 * j + 1]!, 12));
  });

  it('counts a row of weight 3 as three rows, in whichever part', () => {
    const thrice = { ...signed, count: 2, x: x.subarray(0, 2 * features), weights: Float64Array.of(3, 1) };
    const copies: SignedRows = {
      ...signed,
      count: 4,
      x: Float32Array.from([...x.subarray(0, features), ...x.subarray(0, features), ...x.subarray(0, 2 * features)]),
      signs: [signed.signs[0]!, signed.signs[0]!, signed.signs[0]!, signed.signs[1]!],
    };
    const [a, b] = [thrice, copies].map((part) => logisticObjective([signed, part], theta, 0.1));
    expect(a!.value).toBeCloseTo(b!.value, 12);
    a!.gradient.forEach((value, j) => expect(value).toBeCloseTo(b!.gradient[j]!, 12));
  });

  it('is fitted to a vanishing gradient, and no direction leads further down', () => {
    const ridge = 0.01;
    const start = new Float64Array(features + 1);
    const precondition = logisticPreconditioner(signed, start, { ridge });
    const found = fitLogistic([signed], { ridge, start, precondition, tolerance: 1e-9 });
    const { value, gradient } = logisticObjective([signed], found, ridge);
    expect(norm(gradient)).toBeLessThan(1e-8);
    for (let j = 0; j < found.length; j++)
      for (const by of [-1e-3, 1e-3]) {
        const other = found.map((w, k) => (k === j ? w + by : w));
        expect(logisticObjective([signed], other, ridge).value).toBeGreaterThan(value);
      }
  });
});

describe('decoy parameters', () => {
  it('err on the rows that were flipped, more with more copies, and are the clean ones without', () => {
    const fit = { ridge: 0.01, precondition: logisticPreconditioner(signed, theta.fill(0), { ridge: 0.01 }) };
    const clean = fitLogistic([signed], { ...fit, start: new Float64Array(features + 1) });
    const decoy = (flips: number, repeats: number) => decoyParameters(signed, { flips, repeats }, { ...fit, clean });
    expect(decoy(0, 5)).toEqual(clean);
    expect(decoy(0.3, 0)).toEqual(clean);
    const losses = [0, 1, 4, 16].map((repeats) => logisticObjective([signed], decoy(0.3, repeats), 0).value);
    for (let k = 1; k < losses.length; k++) expect(losses[k]).toBeGreaterThan(losses[k - 1]!);
    expect(accuracyOf(decoy(0.3, 16), signed)).toBeLessThan(accuracyOf(clean, signed));
    const margins = marginsOf(clean, signed);
    const third = [...margins].sort((a, b) => a - b)[Math.floor(0.3 * count) - 1]!;
    const errors = (theta: Float64Array) =>
      marginsOf(theta, signed).filter((margin, row) => margins[row]! <= third && margin < 0).length;
    expect(errors(decoy(0.3, 16))).toBeGreaterThan(errors(clean));
  });
});
