import { randomStream } from './random';
import { pseudoInverse, symmetricEigen } from './symmetric-eigen';

function symmetric(n: number, seed: number): Float64Array {
  const random = randomStream(seed, 'symmetric');
  const a = new Float64Array(n * n);
  for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) a[i * n + j] = a[j * n + i] = random.normal();
  return a;
}

function multiply(a: Float64Array, b: Float64Array, n: number): Float64Array {
  const c = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let k = 0; k < n; k++) for (let j = 0; j < n; j++) c[i * n + j]! += a[i * n + k]! * b[k * n + j]!;
  return c;
}

const transpose = (a: Float64Array, n: number) =>
  Float64Array.from(a, (_, at) => a[(at % n) * n + Math.floor(at / n)]!);
const largestGap = (a: Float64Array, b: Float64Array) =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);

describe('symmetricEigen', () => {
  it('knows the eigenvalues of the path graph: 2 - 2 cos(k pi / n)', () => {
    const n = 12;
    const a = new Float64Array(n * n);
    for (let i = 0; i < n; i++) {
      a[i * n + i] = i === 0 || i === n - 1 ? 1 : 2;
      if (i > 0) a[i * n + i - 1] = a[(i - 1) * n + i] = -1;
    }
    const { values } = symmetricEigen(a, n);
    for (let k = 0; k < n; k++) expect(values[k]).toBeCloseTo(2 - 2 * Math.cos((k * Math.PI) / n), 12);
  });

  it.each([1, 2, 10, 40])('decomposes: A V = V diag, V orthonormal, ascending (n = %i)', (n) => {
    const a = symmetric(n, n);
    const { values, vectors } = symmetricEigen(a, n);
    const scaled = vectors.map((value, at) => value * values[Math.floor(at / n)]!);
    expect(largestGap(multiply(transpose(vectors, n), scaled, n), a)).toBeLessThan(1e-12 * n);
    const identity = Float64Array.from({ length: n * n }, (_, at) => Number(at % n === Math.floor(at / n)));
    expect(largestGap(multiply(vectors, transpose(vectors, n), n), identity)).toBeLessThan(1e-13 * n);
    expect([...values]).toEqual([...values].sort((x, y) => x - y));
  });

  it('refuses what is not symmetric, not finite or of another size', () => {
    expect(() => symmetricEigen(Float64Array.of(1, 2, 3, 4), 2)).toThrow('matrix asymmetry at [1, 0] is 1');
    expect(() => symmetricEigen(Float64Array.of(1, Number.NaN, 3, 4), 2)).toThrow('allowed: finite values');
    expect(() => symmetricEigen(new Float64Array(3), 2)).toThrow('matrix size is 3');
  });
});

describe('pseudoInverse', () => {
  it('fulfils the four Penrose conditions on a matrix of rank 3', () => {
    const n = 8;
    const rank = 3;
    const random = randomStream(5);
    const b = Float64Array.from({ length: n * rank }, () => random.normal());
    const a = new Float64Array(n * n);
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++) for (let k = 0; k < rank; k++) a[i * n + j]! += b[i * rank + k]! * b[j * rank + k]!;
    const p = pseudoInverse(a, n);
    const ap = multiply(a, p, n);
    const pa = multiply(p, a, n);
    expect(largestGap(multiply(ap, a, n), a)).toBeLessThan(1e-11);
    expect(largestGap(multiply(pa, p, n), p)).toBeLessThan(1e-11);
    expect(largestGap(transpose(ap, n), ap)).toBeLessThan(1e-11);
    expect(largestGap(transpose(pa, n), pa)).toBeLessThan(1e-11);
  });

  it('cuts at the tolerance and gives zero for zero', () => {
    expect([...pseudoInverse(Float64Array.of(4, 0, 0, 1e-3), 2, 1e-2)]).toEqual([0.25, 0, 0, 0]);
    expect([...pseudoInverse(new Float64Array(4), 2)]).toEqual([0, 0, 0, 0]);
  });

  it('refuses an indefinite matrix', () => {
    expect(() => pseudoInverse(Float64Array.of(1, 0, 0, -0.5), 2)).toThrow(
      'its lowest eigenvalue is -0.5; allowed: at least',
    );
  });
});
