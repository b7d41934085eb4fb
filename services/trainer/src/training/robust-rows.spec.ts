import type { Model, Rows } from '@theriac/game';
import { createModel, createOracles } from '@theriac/game/engine';
import { randomStream } from '@theriac/tensors';
import { liveTensors, startBackend } from '@theriac/tensors/engine';
import { adversaryOf } from './robust-rows';
import type { AdversarySettings, StoredUnits } from './robust-rows';

beforeAll(async () => {
  await startBackend({ threads: 1 });
});

const [features, count] = [6, 9];
const random = randomStream(8, 'adversary');
/** Stored values in [0, 1]; model input is 4 (stored - 0.5) in the first features, 2 (stored - 0.5) in the others. */
const unit = Float32Array.from({ length: features }, (_, k) => (k < 3 ? 4 : 2));
const within: StoredUnits = { unit, range: { low: unit.map((u) => -u / 2), high: unit.map((u) => u / 2) } };
const unbounded: StoredUnits = { unit, range: undefined };

function rowsOf(classes: number): Rows {
  return {
    x: Float32Array.from({ length: count * features }, (_, k) => unit[k % features]! * (random.uniform() - 0.5)),
    y: Int32Array.from({ length: count }, () => random.integer(classes)),
    count,
    features,
  };
}

function weightsOf(model: Model): Float32Array {
  return Float32Array.from({ length: model.layout.size }, () => random.normal());
}

function moved(model: Model, w: Float32Array, rows: Rows, settings: AdversarySettings, stored: StoredUnits): Rows {
  const adversary = adversaryOf(model, settings, stored);
  try {
    return adversary.moved(w, rows, randomStream(1, 'start'));
  } finally {
    adversary.dispose();
  }
}

/** -log p_y of every row of softmax regression, in float64. */
function losses(w: Float32Array, { x, y }: Rows, classes: number): number[] {
  return Array.from({ length: count }, (_, row) => {
    const z = Array.from({ length: classes }, (__, c) => {
      let sum = w[features * classes + c]!;
      for (let k = 0; k < features; k++) sum += x[row * features + k]! * w[k * classes + c]!;
      return sum;
    });
    return Math.log(z.reduce((sum, value) => sum + Math.exp(value), 0)) - z[y[row]!]!;
  });
}

describe('rows moved by an adversary', () => {
  it('of two-class regression go to the corner of the ball that the closed form names, x + eps sign(w_other - w_y)', () => {
    const model = createModel('lr', [features], 2);
    const [w, rows] = [weightsOf(model), rowsOf(2)];
    const radius = 0.1;
    const found = moved(model, w, rows, { radius, steps: 10, stepSize: radius / 4 }, unbounded);
    found.x.forEach((value, k) => {
      const [feature, label] = [k % features, rows.y[Math.floor(k / features)]!];
      const sign = Math.sign(w[feature * 2 + 1 - label]! - w[feature * 2 + label]!);
      expect(value).toBeCloseTo(rows.x[k]! + radius * unit[feature]! * sign, 5);
    });
  });

  it.each([2, 4])('of regression with %d classes never lose less than unmoved ones', (classes) => {
    const model = createModel('lr', [features], classes);
    const [w, rows] = [weightsOf(model), rowsOf(classes)];
    for (const stored of [within, unbounded]) {
      const found = moved(model, w, rows, { radius: 0.08, steps: 10, stepSize: 0.02 }, stored);
      const [before, after] = [losses(w, rows, classes), losses(w, found, classes)];
      after.forEach((loss, row) => expect(loss).toBeGreaterThan(before[row]!));
    }
  });

  it('keep to the ball and to the stored range, which rows from outside are brought into', () => {
    const model = createModel('nn-gc', [features], 3);
    const rows = rowsOf(3);
    rows.x[0] = 100;
    const { low, high } = within.range!;
    const found = moved(model, weightsOf(model), rows, { radius: 0.3, steps: 5, stepSize: 0.2 }, within);
    found.x.forEach((value, k) => {
      const feature = k % features;
      expect(value).toBeGreaterThanOrEqual(low[feature]!);
      expect(value).toBeLessThanOrEqual(high[feature]!);
      if (k > 0) expect(Math.abs(value - rows.x[k]!)).toBeLessThanOrEqual(0.3 * unit[feature]! + 1e-5);
    });
    expect(found.x[0]).toBe(high[0]);
    expect([found.y, found.count]).toEqual([rows.y, rows.count]);
  });

  it('of a network lose more the larger the ball, start at random, and leave no tensor behind', () => {
    const model = createModel('nn-gc', [features], 3);
    const [w, rows] = [weightsOf(model), rowsOf(3)];
    const oracles = createOracles(model);
    const lossAt = (radius: number): number =>
      oracles.gradient(w, moved(model, w, rows, { radius, steps: 10, stepSize: radius / 4 }, unbounded)).loss;
    const found = [oracles.gradient(w, rows).loss, lossAt(0.02), lossAt(0.1), lossAt(0.4)];
    expect(found).toEqual(found.toSorted((a, b) => a - b));
    oracles.dispose();
    const before = liveTensors();
    const adversary = adversaryOf(model, { radius: 0.1, steps: 1, stepSize: 1e-9 }, unbounded);
    const [a, b, c] = [1, 1, 2].map((seed) => adversary.moved(w, rows, randomStream(seed, 'start')).x);
    adversary.dispose();
    expect(a).toEqual(b);
    expect(a).not.toEqual(c);
    expect(liveTensors()).toBe(before);
  });

  it('are the same in pieces as at once', () => {
    const model = createModel('lr', [features], 3);
    const [w, rows] = [weightsOf(model), rowsOf(3)];
    const settings = { radius: 0.1, steps: 3, stepSize: 0.05 };
    const whole = moved(model, w, rows, settings, within);
    // So many activations that two rows are taken at once.
    const pieces = moved({ ...model, activations: 2 ** 23 - features }, w, rows, settings, within);
    pieces.x.forEach((value, k) => expect(value).toBeCloseTo(whole.x[k]!, 5));
  });
});
