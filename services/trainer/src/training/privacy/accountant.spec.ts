import { epsilonOf, logMoment } from './accountant';

/** The standard normal distribution function, by Simpson's rule on its density. */
function normalBelow(t: number): number {
  const [from, steps] = [-12, 4000];
  if (t <= from) return 0;
  const h = (t - from) / steps;
  let sum = 0;
  for (let k = 0; k <= steps; k++)
    sum += (k === 0 || k === steps ? 1 : k % 2 === 1 ? 4 : 2) * Math.exp(-((from + k * h) ** 2) / 2);
  return (sum * h) / 3 / Math.sqrt(2 * Math.PI);
}

/** E_{z ~ N(0, s^2)} ((1 - q) + q exp((2 z - 1) / (2 s^2)))^a by quadrature: the definition of A(a). */
function momentByQuadrature(order: number, rate: number, noise: number): number {
  const [from, to, steps] = [-15 * noise, 15 * noise + order, 50000];
  const h = (to - from) / steps;
  let sum = 0;
  for (let k = 0; k < steps; k++) {
    const z = from + (k + 0.5) * h;
    const ratio = 1 - rate + rate * Math.exp((2 * z - 1) / (2 * noise ** 2));
    sum += Math.exp(-(z ** 2) / (2 * noise ** 2)) * ratio ** order;
  }
  return Math.log((sum * h) / (noise * Math.sqrt(2 * Math.PI)));
}

/** delta(epsilon) of T Gaussian mechanisms without sampling, exactly (Balle and Wang, ICML 2018): one with noise / sqrt(T). */
function gaussianDelta(epsilon: number, noise: number, steps: number): number {
  const s = noise / Math.sqrt(steps);
  return normalBelow(1 / (2 * s) - epsilon * s) - Math.exp(epsilon) * normalBelow(-1 / (2 * s) - epsilon * s);
}

const cell = 0.002;

/**
 * Distribution of the privacy loss log(dP/dQ) under P on a grid, losses rounded to the nearest cell: P = (1 - q) N(0, s^2) + q N(1, s^2)
 * and Q = N(0, s^2), or the other way round. Composed by convolution, it has delta(epsilon) = E max(0, 1 - exp(epsilon - loss)).
 */
function lossDistribution(rate: number, noise: number, added: boolean): Map<number, number> {
  const found = new Map<number, number>();
  const [from, to, steps] = [-12 * noise, 12 * noise + 1, 60000];
  const h = (to - from) / steps;
  for (let k = 0; k < steps; k++) {
    const z = from + (k + 0.5) * h;
    const plain = Math.exp(-(z ** 2) / (2 * noise ** 2)) / (noise * Math.sqrt(2 * Math.PI));
    const ratio = 1 - rate + rate * Math.exp((2 * z - 1) / (2 * noise ** 2));
    const at = Math.round((added ? Math.log(ratio) : -Math.log(ratio)) / cell);
    found.set(at, (found.get(at) ?? 0) + h * plain * (added ? ratio : 1));
  }
  return found;
}

function convolved(a: Map<number, number>, b: Map<number, number>): Map<number, number> {
  const [left, right] = [[...a], [...b]].map((list) => list.filter(([, mass]) => mass > 1e-13));
  const low = Math.min(...left!.map(([at]) => at)) + Math.min(...right!.map(([at]) => at));
  const high = Math.max(...left!.map(([at]) => at)) + Math.max(...right!.map(([at]) => at));
  const sums = new Float64Array(high - low + 1);
  for (const [i, p] of left!) for (const [j, q] of right!) sums[i + j - low]! += p * q;
  return new Map([...sums].map((mass, k): [number, number] => [k + low, mass]).filter(([, mass]) => mass > 0));
}

function deltaOf(losses: Map<number, number>, epsilon: number): number {
  let sum = 0;
  for (const [at, mass] of losses) sum += mass * Math.max(0, 1 - Math.exp(epsilon - at * cell));
  return sum;
}

/** Renyi divergences turned into epsilon as they were before 2020: T D(a) + log(1 / delta) / (a - 1). */
function earlierConversion(rate: number, noise: number, steps: number, delta: number): number {
  const orders = Array.from({ length: 62 }, (_, k) => k + 2);
  return Math.min(...orders.map((a) => (steps * logMoment(a, rate, noise) - Math.log(delta)) / (a - 1)));
}

describe('the privacy accountant', () => {
  it.each([
    [2, 0.01, 1],
    [5, 0.1, 2],
    [16, 0.004, 1.1],
    [32, 0.02, 4],
    [3, 0.5, 0.7],
    [8, 1, 3],
  ])('has the moment of order %d at rate %d and noise %d that quadrature gives', (order, rate, noise) => {
    const expected = momentByQuadrature(order, rate, noise);
    expect(Math.abs(logMoment(order, rate, noise) - expected)).toBeLessThan(1e-7 + 1e-6 * expected);
  });

  it.each([
    [1, 1, 1e-5],
    [4, 10, 1e-5],
    [20, 100, 1e-6],
    [0.5, 1, 1e-3],
  ])(
    'without sampling, noise %d over %d steps, is above the exact epsilon by at most a sixth',
    (noise, steps, delta) => {
      const epsilon = epsilonOf({ rate: 1, noise, steps }, delta);
      expect(gaussianDelta(epsilon, noise, steps)).toBeLessThan(delta);
      expect(gaussianDelta(epsilon / 1.17, noise, steps)).toBeGreaterThan(delta);
    },
  );

  it.each([
    [0.05, 1, 3],
    [0.2, 2, 4],
    [0.02, 0.8, 2],
  ])(
    'with sampling at %d, noise %d, is above what 2^%d convolved loss distributions give, and at most twice that',
    (rate, noise, doublings) => {
      const [steps, delta] = [2 ** doublings, 1e-5];
      const epsilon = epsilonOf({ rate, noise, steps }, delta);
      const deltas = [true, false].map((added) => {
        let losses = lossDistribution(rate, noise, added);
        for (let k = 0; k < doublings; k++) losses = convolved(losses, losses);
        return (at: number) => deltaOf(losses, at);
      });
      for (const of of deltas) expect(of(epsilon)).toBeLessThan(delta);
      expect(Math.max(...deltas.map((of) => of(epsilon / 2)))).toBeGreaterThan(delta);
    },
  );

  it('agrees with published figures under the conversion of their time, and undercuts them with its own', () => {
    // Abadi et al. (CCS 2016), section 5.2: q = 0.01, noise 4, 10,000 steps, delta 1e-5: epsilon 1.26.
    expect(earlierConversion(0.01, 4, 10000, 1e-5)).toBeCloseTo(1.26, 2);
    // The documentation of TensorFlow Privacy: 60,000 rows, batch 256, noise 1.12, 60 epochs (14,063 steps): epsilon 2.92.
    expect(earlierConversion(256 / 60000, 1.12, 14063, 1e-5)).toBeCloseTo(2.92, 1);
    expect(epsilonOf({ rate: 256 / 60000, noise: 1.12, steps: 14063 }, 1e-5)).toBeLessThan(2.92);
  });

  it('grows with steps and rate, falls with noise and delta, and is 0 where nobody takes part', () => {
    const base = { rate: 0.02, noise: 1.5, steps: 500 };
    const epsilon = epsilonOf(base, 1e-5);
    expect(epsilonOf({ ...base, steps: 1000 }, 1e-5)).toBeGreaterThan(epsilon);
    expect(epsilonOf({ ...base, rate: 0.04 }, 1e-5)).toBeGreaterThan(epsilon);
    expect(epsilonOf({ ...base, noise: 2 }, 1e-5)).toBeLessThan(epsilon);
    expect(epsilonOf(base, 1e-4)).toBeLessThan(epsilon);
    expect(epsilonOf({ ...base, steps: 0 }, 1e-5)).toBe(0);
  });

  it.each([
    [{ rate: 0.1, noise: 0, steps: 1 }, 1e-5, /noise/],
    [{ rate: 1.1, noise: 1, steps: 1 }, 1e-5, /rate/],
    [{ rate: 0.1, noise: 1, steps: 1 }, 0, /delta/],
  ])('refuses %p', (mechanism, delta, message) => {
    expect(() => epsilonOf(mechanism, delta)).toThrow(message);
  });
});
