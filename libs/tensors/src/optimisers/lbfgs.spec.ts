import { cholesky, solveCholesky } from '../cholesky';
import { randomStream } from '../random';
import { dot, norm } from '../vector';
import { lbfgsStart, lbfgsStep, lbfgsStepAsync, minimiseLbfgs } from './lbfgs';
import type { Evaluation } from './wolfe-line-search';

/** sum of 100 (w_{i+1} - w_i^2)^2 + (1 - w_i)^2; minimum 0 at (1, ..., 1). */
function rosenbrock(w: Float64Array): Evaluation {
  let value = 0;
  const gradient = new Float64Array(w.length);
  for (let i = 0; i + 1 < w.length; i++) {
    const a = w[i + 1]! - w[i]! ** 2;
    const b = 1 - w[i]!;
    value += 100 * a * a + b * b;
    gradient[i]! += -400 * a * w[i]! - 2 * b;
    gradient[i + 1]! += 200 * a;
  }
  return { value, gradient };
}

const n = 60;
/** Curvatures from 1 to 1e4. */
const curvature = Float64Array.from({ length: n }, (_, i) => 10 ** ((4 * i) / (n - 1)));
/** 1/2 sum curvature_i (w_i - 1)^2. */
function quadratic(w: Float64Array): Evaluation {
  const gradient = w.map((value, i) => curvature[i]! * (value - 1));
  return { value: 0.5 * w.reduce((sum, value, i) => sum + gradient[i]! * (value - 1), 0), gradient };
}

describe('minimiseLbfgs', () => {
  it.each([2, 20])('finds the minimum of the Rosenbrock function of %i variables', (size) => {
    const start = Float64Array.from({ length: size }, (_, i) => (i % 2 === 0 ? -1.2 : 1));
    const kept = Float64Array.from(start);
    const result = minimiseLbfgs(rosenbrock, start, { iterations: 500, gradientTolerance: 1e-9 });
    expect(result.stopped).toBe('converged');
    expect(result.gradientNorm).toBeLessThanOrEqual(1e-9);
    for (const value of result.w) expect(value).toBeCloseTo(1, 9);
    expect(result.evaluations).toBeLessThan(3 * result.iterations);
    expect(start).toEqual(kept);
  });

  it('minimises an ill-conditioned quadratic, and with its inverse as preconditioner at once', () => {
    const w0 = new Float64Array(n);
    const options = { iterations: 2000, gradientTolerance: 1e-6 };
    const plain = minimiseLbfgs(quadratic, w0, options);
    expect(plain.stopped).toBe('converged');
    for (const value of plain.w) expect(value).toBeCloseTo(1, 6);
    const preconditioned = minimiseLbfgs(quadratic, w0, {
      ...options,
      precondition: (g) => g.map((v, i) => v / curvature[i]!),
    });
    expect(preconditioned.stopped).toBe('converged');
    expect(preconditioned.iterations).toBe(1);
    for (const value of preconditioned.w) expect(value).toBeCloseTo(1, 12);
    const rough = minimiseLbfgs(quadratic, w0, {
      ...options,
      precondition: (g) => g.map((v, i) => v / (curvature[i]! * (1 + 0.5 * Math.sin(i)))),
    });
    expect(rough.stopped).toBe('converged');
    expect(rough.iterations).toBeLessThan(plain.iterations / 3);
  });

  it('agrees with Newton iterations on regularised logistic regression', () => {
    const random = randomStream(1);
    const [count, d] = [200, 5];
    const x = Float64Array.from({ length: count * d }, () => random.normal());
    const y = Float64Array.from({ length: count }, () => Number(random.uniform() < 0.5));
    const lambda = 0.1;
    const row = (i: number) => x.subarray(i * d, (i + 1) * d);
    const loss = (w: Float64Array): Evaluation => {
      const gradient = w.map((value) => lambda * value);
      let value = 0.5 * lambda * dot(w, w);
      for (let i = 0; i < count; i++) {
        const z = dot(row(i), w);
        value += (Math.log1p(Math.exp(-Math.abs(z))) + Math.max(z, 0) - y[i]! * z) / count;
        const residual = (1 / (1 + Math.exp(-z)) - y[i]!) / count;
        for (let j = 0; j < d; j++) gradient[j]! += residual * x[i * d + j]!;
      }
      return { value, gradient };
    };
    let newton: Float64Array = new Float64Array(d);
    for (let k = 0; k < 20; k++) {
      const hessian = new Float64Array(d * d);
      for (let i = 0; i < count; i++) {
        const p = 1 / (1 + Math.exp(-dot(row(i), newton)));
        for (let a = 0; a < d; a++)
          for (let b = 0; b < d; b++) hessian[a * d + b]! += (p * (1 - p) * x[i * d + a]! * x[i * d + b]!) / count;
      }
      for (let a = 0; a < d; a++) hessian[a * d + a]! += lambda;
      const step = solveCholesky(cholesky(hessian, d), d, loss(newton).gradient);
      newton = newton.map((value, a) => value - step[a]!);
    }
    const result = minimiseLbfgs(loss, new Float64Array(d), { gradientTolerance: 1e-12 });
    expect(result.stopped).toBe('converged');
    for (let j = 0; j < d; j++) expect(result.w[j]).toBeCloseTo(newton[j]!, 10);
  });

  it('reports each iteration; values never rise', () => {
    const values: number[] = [];
    const result = minimiseLbfgs(rosenbrock, Float64Array.of(-1.2, 1), {
      iterations: 12,
      onIteration: ({ value, iterations }) => {
        values.push(value);
        expect(iterations).toBe(values.length);
      },
    });
    expect(result.stopped).toBe('iterations');
    expect(values).toHaveLength(12);
    expect(values).toEqual([...values].sort((a, b) => b - a));
  });

  it('stops where precision ends: a function computed in 32 bits', () => {
    const coarse = (w: Float64Array): Evaluation => {
      const { value, gradient } = quadratic(w);
      return { value: Math.fround(1 + Math.fround(value)), gradient: gradient.map((g) => Math.fround(g) + 1e-3) };
    };
    const result = minimiseLbfgs(coarse, new Float64Array(n), {
      iterations: 5000,
      gradientTolerance: 0,
      precision: 1e-7,
    });
    expect(result.stopped).toBe('precision');
    expect(quadratic(result.w).value).toBeLessThan(1e-3);
  });

  it('steps back from where the function is not finite', () => {
    const barrier = ([w = 0]: Float64Array): Evaluation =>
      w <= 0
        ? { value: Number.NaN, gradient: Float64Array.of(Number.NaN) }
        : { value: w - Math.log(w), gradient: Float64Array.of(1 - 1 / w) };
    const result = minimiseLbfgs(barrier, Float64Array.of(50), { gradientTolerance: 1e-10 });
    expect(result.stopped).toBe('converged');
    expect(result.w[0]).toBeCloseTo(1, 9);
  });

  it('does nothing at a minimum', () => {
    const result = minimiseLbfgs(rosenbrock, Float64Array.of(1, 1));
    expect(result).toMatchObject({ stopped: 'converged', iterations: 0, evaluations: 1, value: 0 });
  });

  it('refuses a start without values', () => {
    expect(() => minimiseLbfgs(rosenbrock, Float64Array.of(Number.NaN, 1))).toThrow('value at the start is NaN');
    expect(() => lbfgsStart(Float64Array.of(1, 2), { value: 0, gradient: Float64Array.of(1) })).toThrow(
      'gradient length is 1',
    );
    expect(() => minimiseLbfgs(rosenbrock, Float64Array.of(0, 0), { memory: 0 })).toThrow(
      'memory is 0; allowed: an integer >= 1.',
    );
  });
});

describe('lbfgsStep', () => {
  const start = lbfgsStart(Float64Array.of(-1.2, 1), rosenbrock(Float64Array.of(-1.2, 1)));

  it('continues a stored state with equal results, and leaves states alone', () => {
    const copy = structuredClone(start);
    let through = start;
    for (let k = 0; k < 20; k++) through = lbfgsStep(through, rosenbrock, { memory: 4 });
    let resumed = start;
    for (let k = 0; k < 7; k++) resumed = lbfgsStep(resumed, rosenbrock, { memory: 4 });
    resumed = structuredClone(resumed);
    for (let k = 0; k < 13; k++) resumed = lbfgsStep(resumed, rosenbrock, { memory: 4 });
    expect(resumed).toEqual(through);
    expect(start).toEqual(copy);
    expect(through.s).toHaveLength(4);
    expect(norm(through.gradient)).toBeLessThan(norm(start.gradient));
  });

  it('is the same when values are awaited', async () => {
    const later = async (w: Float64Array) => rosenbrock(w);
    expect(await lbfgsStepAsync(start, later)).toEqual(lbfgsStep(start, rosenbrock));
  });
});
