/**
 * Eigenvalues and eigenvectors of a symmetric matrix by the cyclic Jacobi method (Golub and Van Loan, "Matrix Computations",
 * 4th ed., section 8.5). For small matrices (n up to a few hundred): a sweep costs about 4 n^3 operations, and some 6 to 10 sweeps
 * are needed. Matrices are Float64Array, row-major.
 */
import { invalid, TheriacError } from './errors';

export interface SymmetricEigen {
  /** Ascending. */
  values: Float64Array;
  /** [n, n]: row k is the unit eigenvector of values[k]. */
  vectors: Float64Array;
}

const mostSweeps = 60;

/** Eigenvalues and orthonormal eigenvectors of a symmetric A [n, n]. */
export function symmetricEigen(a: Float64Array, n: number): SymmetricEigen {
  checkSymmetric(a, n);
  const m = Float64Array.from(a);
  const v = new Float64Array(n * n);
  for (let i = 0; i < n; i++) v[i * n + i] = 1;
  const total = frobenius(m, n, true);
  for (let sweep = 0; frobenius(m, n, false) > Number.EPSILON * total; sweep++) {
    if (sweep === mostSweeps) break;
    for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) rotate(m, v, n, p, q);
  }
  const order = Array.from({ length: n }, (_, i) => i).sort((i, j) => m[i * n + i]! - m[j * n + j]!);
  const values = Float64Array.from(order, (i) => m[i * n + i]!);
  const vectors = new Float64Array(n * n);
  for (const [to, from] of order.entries()) vectors.set(v.subarray(from * n, (from + 1) * n), to * n);
  return { values, vectors };
}

/**
 * The Moore-Penrose inverse [n, n] of a symmetric positive semi-definite A: eigenvalues up to tolerance * the largest count as zero
 * (default n * 2^-52). FAILED_PRECONDITION for an eigenvalue below minus that.
 */
export function pseudoInverse(a: Float64Array, n: number, tolerance = n * Number.EPSILON): Float64Array {
  const { values, vectors } = symmetricEigen(a, n);
  const largest = Math.max(0, Math.abs(values[0] ?? 0), values[n - 1] ?? 0);
  const threshold = tolerance * largest;
  const lowest = values[0] ?? 0;
  if (lowest < -threshold) {
    throw new TheriacError(`The matrix is not positive semi-definite: its lowest eigenvalue is ${lowest}`, {
      code: 'FAILED_PRECONDITION',
      field: 'matrix',
      allowed: `at least ${-threshold}`,
      remedy: 'Give a Gram matrix, or raise the tolerance.',
    });
  }
  const inverse = new Float64Array(n * n);
  for (let k = 0; k < n; k++) {
    const value = values[k]!;
    if (value <= threshold) continue;
    for (let i = 0; i < n; i++) {
      const factor = vectors[k * n + i]! / value;
      for (let j = 0; j < n; j++) inverse[i * n + j]! += factor * vectors[k * n + j]!;
    }
  }
  return inverse;
}

/** One Jacobi rotation that makes m_pq zero; rows of v are rotated alike. */
function rotate(m: Float64Array, v: Float64Array, n: number, p: number, q: number): void {
  const off = m[p * n + q]!;
  if (off === 0) return;
  const theta = (m[q * n + q]! - m[p * n + p]!) / (2 * off);
  const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.hypot(theta, 1));
  const c = 1 / Math.hypot(t, 1);
  const s = t * c;
  for (let k = 0; k < n; k++) {
    const kp = m[k * n + p]!;
    const kq = m[k * n + q]!;
    m[k * n + p] = c * kp - s * kq;
    m[k * n + q] = s * kp + c * kq;
  }
  rotateRows(m, n, p, q, c, s);
  rotateRows(v, n, p, q, c, s);
  m[p * n + q] = 0;
  m[q * n + p] = 0;
}

function rotateRows(m: Float64Array, n: number, p: number, q: number, c: number, s: number): void {
  for (let k = 0; k < n; k++) {
    const pk = m[p * n + k]!;
    const qk = m[q * n + k]!;
    m[p * n + k] = c * pk - s * qk;
    m[q * n + k] = s * pk + c * qk;
  }
}

function frobenius(m: Float64Array, n: number, diagonal: boolean): number {
  let sum = 0;
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) if (diagonal || i !== j) sum += m[i * n + j]! ** 2;
  return Math.sqrt(sum);
}

function checkSymmetric(a: Float64Array, n: number): void {
  if (a.length !== n * n) throw invalid('matrix size', a.length, `${n * n} values for [${n}, ${n}]`);
  const largest = a.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (!Number.isFinite(largest)) throw invalid('matrix', largest, 'finite values');
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      const gap = Math.abs(a[i * n + j]! - a[j * n + i]!);
      if (!(gap <= 1e-9 * largest)) throw invalid(`matrix asymmetry at [${i}, ${j}]`, gap, 'a symmetric matrix');
    }
  }
}
