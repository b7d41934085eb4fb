import { cholesky, solveCholesky } from './cholesky';
import { conjugateGradient, conjugateGradientNormal } from './conjugate-gradient';
import { liveTensors } from './memory-scope';
import { randomStream } from './random';
import { symmetricEigen } from './symmetric-eigen';
import { tf } from './tf';

beforeAll(() => tf.setBackend('cpu'));

const n = 24;
const random = randomStream(1, 'conjugate gradient');
const rhs = Float64Array.from({ length: n }, () => random.normal());
const { vectors } = symmetricEigen(
  (() => {
    const a = new Float64Array(n * n);
    for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) a[i * n + j] = a[j * n + i] = random.normal();
    return a;
  })(),
  n,
);

/** The symmetric matrix with these eigenvalues. */
function matrix(eigenvalues: (k: number) => number): Float64Array {
  const a = new Float64Array(n * n);
  for (let k = 0; k < n; k++) {
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++) a[i * n + j]! += eigenvalues(k) * vectors[k * n + i]! * vectors[k * n + j]!;
  }
  return a;
}

const withDamping = (a: Float64Array, damping: number) =>
  a.map((value, at) => value + (at % (n + 1) === 0 ? damping : 0));
const times = (a: Float64Array, v: ArrayLike<number>) =>
  Float64Array.from({ length: n }, (_, i) => Array.from(v).reduce((sum, value, j) => sum + a[i * n + j]! * value, 0));
const length = (v: ArrayLike<number>) => Math.sqrt(Array.from(v).reduce((sum, value) => sum + value * value, 0));
const gap = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  length(Array.from(a, (value, i) => value - b[i]!)) / length(b);

const definite = matrix((k) => 1 + k / 4);
const indefinite = matrix((k) => (k % 3 === 0 ? -1 : 1) * (1 + k / 12));
const singular = matrix((k) => (k < 6 ? 0 : 1 + k / 12));

/** Runs a solver on engine vectors; asserts that no tensor is left behind. */
function solve(
  solver: typeof conjugateGradient,
  a: Float64Array,
  options: Parameters<typeof conjugateGradient>[2],
  b: Float64Array = rhs,
) {
  const before = liveTensors();
  let products = 0;
  const [m, vector] = [tf.tensor2d(Float32Array.from(a), [n, n]), tf.tensor1d(Float32Array.from(b))];
  const matVec = (v: tf.Tensor1D) => {
    products++;
    return tf.matMul(m, v.reshape([n, 1])).reshape<tf.Tensor1D>([n]);
  };
  const { solution, ...rest } = solver(matVec, vector, options);
  const q = solution.dataSync();
  tf.dispose([m, vector, solution]);
  expect(liveTensors()).toBe(before);
  return { q, products, ...rest };
}

describe('conjugateGradient', () => {
  it.each([0, 0.5])('agrees with the direct solution, damping %p', (damping) => {
    const result = solve(conjugateGradient, definite, { iterations: 100, tolerance: 1e-6, damping });
    const damped = withDamping(definite, damping);
    expect(gap(result.q, solveCholesky(cholesky(damped, n), n, rhs))).toBeLessThan(1e-5);
    expect(result.stopped).toBe('converged');
    expect(result.relativeResidual).toBeLessThanOrEqual(2e-6);
    expect(result.iterations).toBeLessThanOrEqual(n + 2);
  });

  it('reports the true residual when the budget is used up', () => {
    const result = solve(conjugateGradient, definite, { iterations: 4, tolerance: 1e-10 });
    const residual = times(definite, result.q).map((value, i) => value - rhs[i]!);
    expect(result).toMatchObject({ stopped: 'budget', iterations: 4 });
    expect(result.relativeResidual).toBeCloseTo(length(residual) / length(rhs), 5);
    expect(result.relativeResidual).toBeGreaterThan(1e-3);
  });

  it('does not call converged what is not: beyond the precision of 32 bits the budget ends it', () => {
    const result = solve(conjugateGradient, definite, { iterations: 60, tolerance: 1e-12 });
    expect(result).toMatchObject({ stopped: 'budget', iterations: 60 });
    expect(result.relativeResidual).toBeLessThan(1e-5);
  });

  it('stops at negative curvature, and damping above it helps', () => {
    const result = solve(conjugateGradient, indefinite, { iterations: 100, tolerance: 1e-6 });
    expect(result.stopped).toBe('indefinite');
    expect(result.relativeResidual).toBeCloseTo(gap(times(indefinite, result.q), rhs), 4);
    expect(solve(conjugateGradient, indefinite, { iterations: 100, tolerance: 1e-5, damping: 4 }).stopped).toBe(
      'converged',
    );
  });

  it('answers zero to zero', () => {
    const result = solve(conjugateGradient, definite, { iterations: 10, tolerance: 1e-6 }, new Float64Array(n));
    expect(result).toMatchObject({ stopped: 'converged', iterations: 0, relativeResidual: 0 });
    expect(length(result.q)).toBe(0);
  });
});

describe('conjugateGradientNormal', () => {
  it('solves an indefinite system', () => {
    const result = solve(conjugateGradientNormal, indefinite, { iterations: 200, tolerance: 1e-6 });
    expect(result.stopped).toBe('converged');
    expect(gap(times(indefinite, result.q), rhs)).toBeLessThan(1e-4);
    expect(result.relativeResidual).toBeLessThan(1e-4);
  });

  it('gives the least squares solution of a singular one, and says what cannot be reached', () => {
    const result = solve(conjugateGradientNormal, singular, { iterations: 200, tolerance: 1e-6 });
    const coefficient = (k: number) => Array.from(rhs).reduce((sum, value, i) => sum + value * vectors[k * n + i]!, 0);
    const expected = new Float64Array(n);
    for (let k = 6; k < n; k++)
      for (let i = 0; i < n; i++) expected[i]! += (coefficient(k) / (1 + k / 12)) * vectors[k * n + i]!;
    expect(gap(result.q, expected)).toBeLessThan(1e-4);
    const unreachable = length(Array.from({ length: 6 }, (_, k) => coefficient(k)));
    expect(result.relativeResidual).toBeCloseTo(unreachable / length(rhs), 4);
  });

  it('solves (H^2 + damping I) q = H b', () => {
    const damping = 0.3;
    const result = solve(conjugateGradientNormal, indefinite, { iterations: 200, tolerance: 1e-7, damping });
    const squared = new Float64Array(n * n);
    for (let j = 0; j < n; j++) {
      const column = times(
        indefinite,
        Array.from({ length: n }, (_, i) => indefinite[i * n + j]!),
      );
      for (let i = 0; i < n; i++) squared[i * n + j] = column[i]!;
    }
    const expected = solveCholesky(cholesky(withDamping(squared, damping), n), n, times(indefinite, rhs));
    expect(gap(result.q, expected)).toBeLessThan(1e-4);
  });

  it('takes the steps of the published iteration on H^2 q = H b', () => {
    let q = new Float64Array(n);
    let g = times(indefinite, rhs).map((value) => -value);
    let d = Float64Array.from(g);
    const inner = (a: Float64Array, b: Float64Array) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
    for (let k = 0; k < 6; k++) {
      const qd = times(indefinite, times(indefinite, d));
      const a = -inner(d, g) / inner(d, qd);
      q = q.map((value, i) => value + a * d[i]!);
      g = g.map((value, i) => value + a * qd[i]!);
      const beta = inner(g, qd) / inner(d, qd);
      d = d.map((value, i) => -beta * value + g[i]!);
    }
    const result = solve(conjugateGradientNormal, indefinite, { iterations: 6, tolerance: 0 });
    expect(gap(result.q, q)).toBeLessThan(1e-4);
    expect(result.products).toBe(2 * 6 + 2);
    expect(result.stopped).toBe('budget');
  });

  it('answers zero to zero', () => {
    const result = solve(conjugateGradientNormal, indefinite, { iterations: 10, tolerance: 1e-6 }, new Float64Array(n));
    expect(result).toMatchObject({ stopped: 'converged', iterations: 0, relativeResidual: 0 });
  });
});

describe('both', () => {
  it.each([conjugateGradient, conjugateGradientNormal])(
    'refuse bad settings and values that are not finite',
    (solver) => {
      expect(() => solve(solver, definite, { iterations: -1, tolerance: 0 })).toThrow('iterations is -1');
      expect(() => solve(solver, definite, { iterations: 1, tolerance: Number.NaN })).toThrow('tolerance is NaN');
      expect(() => solve(solver, definite, { iterations: 1, tolerance: 0, damping: -1 })).toThrow('damping is -1');
      const bad = Float64Array.from(rhs).fill(Number.NaN, 3, 4);
      expect(() => tf.tidy(() => solve(solver, definite, { iterations: 5, tolerance: 0 }, bad))).toThrow(
        'met a product that is NaN',
      );
    },
  );
});
