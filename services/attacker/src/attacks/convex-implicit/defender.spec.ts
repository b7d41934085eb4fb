import { concatenateRows, regressionGradient, regressionHessianVectorProduct } from '@theriac/game';
import type { Rows } from '@theriac/game';
import { randomStream } from '@theriac/tensors';
import { liveTensors, startBackend } from '@theriac/tensors/engine';
import { defenderOn } from './defender';

const [features, classes, ridge] = [5, 3, 0.02];
const random = randomStream(4, 'defender');
const rowsOf = (count: number): Rows => ({
  x: Float32Array.from({ length: count * features }, () => random.normal()),
  y: Int32Array.from({ length: count }, () => random.integer(classes)),
  count,
  features,
});
const clean = rowsOf(20);
const nu = rowsOf(4);
/** Poison of weight 3 is poison three times over. */
const all = concatenateRows(clean, concatenateRows(nu, concatenateRows(nu, nu)));
const vector = () => Float64Array.from({ length: (features + 1) * classes }, () => random.normal());

describe('defenderOn', () => {
  beforeAll(() => startBackend());

  it('has the loss, gradient and Hessian of the closed forms, poison weighed', () => {
    const defender = defenderOn(clean, nu, { weight: 3, ridge, classes });
    const [w, v] = [vector(), vector()];
    const point = defender.at(w);
    const expected = regressionGradient(w, all, classes);
    const squares = w.reduce((sum, value) => sum + value * value, 0);
    expect(point.loss).toBeCloseTo(expected.loss + (ridge / 2) * squares, 5);
    point.gradient.forEach((value, i) => expect(value).toBeCloseTo(expected.gradient[i]! + ridge * w[i]!, 5));
    const product = regressionHessianVectorProduct(w, v, all, classes);
    point.product(v).forEach((value, i) => expect(value).toBeCloseTo(product[i]! + ridge * v[i]!, 5));
    point.dispose();
    defender.dispose();
  });

  it('has moments that make the Hessian where all classes are alike', () => {
    const defender = defenderOn(clean, nu, { weight: 3, ridge: 0, classes });
    const point = defender.at(new Float64Array((features + 1) * classes));
    const moments = point.moments(1000);
    const v = new Float64Array((features + 1) * classes);
    v[0] = 1;
    v[1] = -1;
    const product = point.product(v);
    for (let i = 0; i <= features; i++) {
      const row = [moments[i * (features + 1)]!, -moments[i * (features + 1)]!, 0];
      row.forEach((value, k) => expect(product[i * classes + k]).toBeCloseTo(value, 5));
    }
    point.dispose();
    defender.dispose();
  });

  it('leaves nothing in the engine', () => {
    const before = liveTensors();
    const defender = defenderOn(clean, nu, { weight: 3, ridge, classes });
    const point = defender.at(vector());
    point.product(vector());
    point.moments(10);
    point.dispose();
    defender.dispose();
    expect(liveTensors()).toBe(before);
  });
});
