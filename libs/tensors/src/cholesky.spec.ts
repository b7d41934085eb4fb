import { cholesky, solveCholesky, solveLower, solveLowerTransposed } from './cholesky';
import { randomStream } from './random';

/** A = B B' + shift I, positive definite. */
function definite(n: number, seed: number, shift = 1): Float64Array {
  const random = randomStream(seed, 'matrix');
  const b = Float64Array.from({ length: n * n }, () => random.normal());
  const a = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      let sum = i === j ? shift : 0;
      for (let k = 0; k < n; k++) sum += b[i * n + k]! * b[j * n + k]!;
      a[i * n + j] = sum;
    }
  }
  return a;
}

function product(a: Float64Array, b: Float64Array, n: number, columns: number, transposed = false): Float64Array {
  const c = new Float64Array(n * columns);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < columns; j++) {
      for (let k = 0; k < n; k++)
        c[i * columns + j]! += (transposed ? a[k * n + i]! : a[i * n + k]!) * b[k * columns + j]!;
    }
  }
  return c;
}

const largestGap = (a: Float64Array, b: Float64Array) =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);

describe('cholesky', () => {
  it('has the factor of a textbook matrix', () => {
    const l = cholesky(Float64Array.of(4, 12, -16, 12, 37, -43, -16, -43, 98), 3);
    expect([...l]).toEqual([2, 0, 0, 6, 1, 0, -8, 5, 3]);
    expect(cholesky(new Float64Array(0), 0)).toHaveLength(0);
  });

  it('gives L L^T = A, reading the lower triangle alone', () => {
    const n = 40;
    const a = definite(n, 1);
    const l = cholesky(a, n);
    const transposed = Float64Array.from(l, (_, at) => l[(at % n) * n + Math.floor(at / n)]!);
    expect(largestGap(product(l, transposed, n, n), a)).toBeLessThan(1e-11);
    const lower = a.map((value, at) => (at % n > Math.floor(at / n) ? Number.NaN : value));
    expect(cholesky(lower, n)).toEqual(l);
  });

  it.each([
    [[1, 2, 2, 1], 'pivot 1 is -3'],
    [[0, 0, 0, 1], 'pivot 0 is 0'],
    [[1, 0, Number.NaN, 1], 'pivot 1 is NaN'],
  ])('refuses %p', (values, message) => {
    expect(() => cholesky(Float64Array.from(values), 2)).toThrow(
      `The matrix is not positive definite: ${message}. Add damping`,
    );
  });

  it('refuses a wrong size', () => {
    expect(() => cholesky(new Float64Array(5), 2)).toThrow('matrix size is 5; allowed: 4 values for [2, 2].');
    expect(() => solveLower(new Float64Array(4), 2, new Float64Array(3), 2)).toThrow('right-hand side size is 3');
  });
});

describe('solving', () => {
  const n = 30;
  const columns = 7;
  const a = definite(n, 2);
  const l = cholesky(a, n);
  const random = randomStream(3);
  const x = Float64Array.from({ length: n * columns }, () => random.normal());

  it('inverts A with many right-hand sides', () => {
    const b = product(a, x, n, columns);
    const kept = Float64Array.from(b);
    expect(largestGap(solveCholesky(l, n, b, columns), x)).toBeLessThan(1e-9);
    expect(b).toEqual(kept);
  });

  it('inverts L and its transpose', () => {
    expect(largestGap(solveLower(l, n, product(l, x, n, columns), columns), x)).toBeLessThan(1e-9);
    expect(largestGap(solveLowerTransposed(l, n, product(l, x, n, columns, true), columns), x)).toBeLessThan(1e-9);
  });

  it('takes one right-hand side by default', () => {
    expect([...solveCholesky(cholesky(Float64Array.of(4, 2, 2, 5), 2), 2, Float64Array.of(8, 12))]).toEqual([1, 2]);
  });
});
