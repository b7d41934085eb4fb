import { norm, randomStream, transitionConstant, viewOf } from '@theriac/tensors';
import { startBackend } from '@theriac/tensors/engine';
import { logisticGradient, logisticLogits, logisticMixedProduct } from './logistic-regression';
import { createModel } from './models/registry';
import { createOracles } from './oracles';
import { entropies, largestReachableScale, residual, residualLowerBound, transitionThreshold } from './reachability';
import { regressionGradient, regressionLogits } from './softmax-regression';

const dot = (a: Float64Array, b: Float64Array) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);

/** Three points in the plane, the worked example whose every number is known. */
const toy = { x: Float64Array.from([1, 1, -1, 1, 0, 1]), y: [1, 1, 0], count: 3, features: 2 };

/** Gradient Canceling with one poison row of label 1, by plain gradient descent on 1/2 ||residual||^2 with step 1. */
function cancelToy(w: Float64Array, epsilonD: number, steps: number) {
  const gMu = logisticGradient(w, toy);
  let x = gMu;
  const poison = () => ({ x, y: [1], count: 1, features: 2 });
  const at = () => residual(gMu, logisticGradient(w, poison()), epsilonD);
  const losses = [];
  for (let step = 0; step < steps; step++) {
    const { vector, norm } = at();
    losses.push(norm ** 2);
    const slope = logisticMixedProduct(w, vector, poison());
    x = x.map((value, j) => value - 2 * epsilonD * slope[j]!);
  }
  return { x, losses };
}

describe('the toy of three points', () => {
  const w = Float64Array.from([0, 2 * Math.log(2)]);

  it('has tau = 0.663780', () => {
    const g = logisticGradient(w, toy);
    expect(g[0]).toBeCloseTo(0, 12);
    expect(g[1]).toBeCloseTo(0.133333, 6);
    const found = transitionThreshold(logisticLogits(w, toy), toy.y, 2);
    expect(found.innerProduct).toBeCloseTo(0.184839, 6);
    expect(dot(w, g)).toBeCloseTo(found.innerProduct, 12);
    expect(found.constant).toBeCloseTo(0.278465, 6);
    expect(found.tau).toBeCloseTo(0.66378, 6);
  });

  it('cannot be reached at eps_d = 0.52: the loss stops at the lower bound 0.000834117', () => {
    const { x, losses } = cancelToy(w, 0.52, 2000);
    expect(losses[0]).toBeCloseTo(0.01037576, 7);
    expect(losses.at(-1)).toBeCloseTo(0.000834117, 8);
    const bound = residualLowerBound(dot(w, logisticGradient(w, toy)), 0.52, 2, norm(w));
    expect(bound ** 2).toBeCloseTo(0.000834117, 8);
    expect(x[0]).toBeCloseTo(0, 6);
    expect(x[1]).toBeCloseTo(0.922217, 5);
    expect(dot(w, x)).toBeCloseTo(1 + transitionConstant(2), 5);
  });

  it('can be reached once divided by 1.1: tau = 0.508722', () => {
    const scaled = w.map((value) => value / 1.1);
    const found = transitionThreshold(logisticLogits(scaled, toy), toy.y, 2);
    expect(found.tau).toBeCloseTo(0.508722, 6);
    expect(found.innerProduct).toBeCloseTo(0.141661, 6);
    expect(logisticGradient(scaled, toy)[1]).toBeCloseTo(0.1124055, 6);
    const { x, losses } = cancelToy(scaled, 0.52, 2001);
    expect(losses[0]).toBeCloseTo(0.007266995, 8);
    expect(losses.at(-1)).toBeCloseTo(4.67e-9, 10);
    expect(x[1]).toBeCloseTo(0.834165, 5);
    expect(residualLowerBound(found.innerProduct, 0.52, 2, norm(scaled))).toBe(0);
  });

  it('is found again by bisection over the scale', () => {
    const { scale, tau } = largestReachableScale(logisticLogits(w, toy), toy.y, 2, 0.508722);
    expect(scale).toBeCloseTo(1 / 1.1, 3);
    expect(tau).toBeLessThanOrEqual(0.508722);
    expect(() => largestReachableScale(logisticLogits(w, toy), toy.y, 2, 0)).toThrow(/tau budget/);
  });
});

describe('transitionThreshold', () => {
  const random = randomStream(5, 'reachability');
  const features = 5;
  const classes = 10;
  const count = 40;
  const w = Float64Array.from({ length: features * classes + classes }, () => random.normal());
  const rows = {
    x: Float64Array.from({ length: count * features }, () => random.normal()),
    y: Int32Array.from({ length: count }, () => random.integer(classes)),
    count,
    features,
  };
  const logits = regressionLogits(w, rows, classes);

  it('equals <w, g(mu; w)> for softmax regression', () => {
    const { gradient } = regressionGradient(w, rows, classes);
    expect(transitionThreshold(logits, rows.y, classes).innerProduct).toBeCloseTo(dot(w, gradient), 12);
  });

  it('knows the constants of 2, 3, 10, 100 and 200 classes', () => {
    const known = [
      [2, 0.278465],
      [3, 0.463056],
      [10, 1.101003],
      [100, 2.62865],
      [200, 3.14689],
    ] as const;
    for (const [c, constant] of known)
      expect(transitionThreshold(new Float64Array(c), [0], c).constant).toBeCloseTo(constant, 6);
  });

  it.each([2, 3, 10, 200])('no row of %p classes gets below -W, and the margin 1 + W gets there', (c) => {
    const constant = transitionConstant(c);
    const inner = (z: Float64Array) => {
      const { crossEntropy, entropy } = entropies(z, [0], c);
      return crossEntropy - entropy;
    };
    expect(inner(Float64Array.from({ length: c }, (_, k) => (k === 0 ? 1 + constant : 0)))).toBeCloseTo(-constant, 12);
    for (let trial = 0; trial < 500; trial++) {
      const z = Float64Array.from({ length: c }, (_, k) => 4 * random.normal() + (k === 0 ? 8 * random.uniform() : 0));
      expect(inner(z)).toBeGreaterThan(-constant);
    }
  });

  it('is 0, not negative, where the model is too sure of right answers', () => {
    const sure = Float64Array.from([2, 0, 0, 2]);
    expect(transitionThreshold(sure, [0, 1], 2)).toMatchObject({ tau: 0 });
  });

  it('grows with the scale wherever it is positive', () => {
    const taus = Array.from({ length: 40 }, (_, i) => transitionThreshold(logits, rows.y, classes, (i + 1) / 40).tau);
    taus.slice(1).forEach((tau, i) => expect(tau).toBeGreaterThanOrEqual(taus[i]!));
  });

  it('refuses logits that do not match the labels', () => {
    expect(() => transitionThreshold(logits, [1, 2], classes)).toThrow(/logits is/);
    expect(() => residual(w, w.subarray(1), 0.1)).toThrow(/gradient of the poison/);
  });
});

describe('the largest reachable scale of a network', () => {
  const [features, classes, count] = [6, 3, 40];
  const random = randomStream(2, 'scale of a network');
  const rows = {
    x: Float32Array.from({ length: count * features }, () => random.normal()),
    y: Int32Array.from({ length: count }, () => random.integer(classes)),
    count,
    features,
  };
  const model = createModel('nn-gc', [features], classes);
  const oracles = createOracles(model);
  /** Twelve times the initial last layer: wrong, and sure of it. */
  const timesLast = (s: number) => {
    const w = model.initialise(randomStream(1, 'model'));
    for (const name of [model.lastLayer.weight, model.lastLayer.bias]) {
      const view = viewOf(w, model.layout, name);
      view.forEach((value, i) => (view[i] = 12 * s * value));
    }
    return w;
  };
  const lastProduct = (w: Float32Array) => {
    const { gradient } = oracles.gradient(w, rows);
    return [model.lastLayer.weight, model.lastLayer.bias]
      .map((name) => viewOf(gradient, model.layout, name).map((slope, i) => slope * viewOf(w, model.layout, name)[i]!))
      .reduce((sum, products) => products.reduce((total, value) => total + value, sum), 0);
  };

  beforeAll(async () => {
    await startBackend();
  });
  afterAll(() => oracles.dispose());

  it('is where <(W, b), g> of its last layer, taken from the gradient, is the budget times W((c-1)/e)', () => {
    const budget = 0.05;
    const logits = oracles.logits(timesLast(1), rows);
    const { scale, tau } = largestReachableScale(logits, rows.y, classes, budget);
    expect(scale).toBeLessThan(1);
    expect(tau).toBeCloseTo(budget, 3);
    const constant = transitionConstant(classes);
    expect(lastProduct(timesLast(scale)) / constant).toBeCloseTo(tau, 4);
    expect(lastProduct(timesLast(1.02 * scale)) / constant).toBeGreaterThan(budget);
  });
});
