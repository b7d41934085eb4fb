/**
 * Cholesky factorisation A = L L' of a symmetric positive definite matrix, by rows (Golub and Van Loan, "Matrix Computations",
 * 4th ed., section 4.2): L_ij = (A_ij - <L_i, L_j> up to j-1) / L_jj, L_ii = sqrt(A_ii - <L_i, L_i> up to i-1).
 * Matrices are Float64Array, row-major.
 */
import { invalid, TheriacError } from './errors';

/** The lower factor L [n, n] of A [n, n], whose lower triangle alone is read. FAILED_PRECONDITION if A is not positive definite. */
export function cholesky(a: Float64Array, n: number): Float64Array {
  checkSize('matrix', a, n, n);
  const l = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    const rowI = i * n;
    for (let j = 0; j <= i; j++) {
      const rowJ = j * n;
      let sum = a[rowI + j]!;
      for (let k = 0; k < j; k++) sum -= l[rowI + k]! * l[rowJ + k]!;
      if (j < i) l[rowI + j] = sum / l[rowJ + j]!;
      else if (sum > 0) l[rowI + i] = Math.sqrt(sum);
      else throw notPositiveDefinite(i, sum);
    }
  }
  return l;
}

/** X [n, columns] with L L' X = B [n, columns]. */
export function solveCholesky(l: Float64Array, n: number, b: Float64Array, columns = 1): Float64Array {
  return solveLowerTransposed(l, n, solveLower(l, n, b, columns), columns);
}

/** X [n, columns] with L X = B, L [n, n] lower triangular. */
export function solveLower(l: Float64Array, n: number, b: Float64Array, columns = 1): Float64Array {
  checkSize('factor', l, n, n);
  checkSize('right-hand side', b, n, columns);
  const x = Float64Array.from(b);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) subtractRow(x, i, l[i * n + k]!, k, columns);
    divideRow(x, i, l[i * n + i]!, columns);
  }
  return x;
}

/** X [n, columns] with L' X = B, L [n, n] lower triangular. */
export function solveLowerTransposed(l: Float64Array, n: number, b: Float64Array, columns = 1): Float64Array {
  checkSize('factor', l, n, n);
  checkSize('right-hand side', b, n, columns);
  const x = Float64Array.from(b);
  for (let i = n - 1; i >= 0; i--) {
    divideRow(x, i, l[i * n + i]!, columns);
    for (let k = 0; k < i; k++) subtractRow(x, k, l[i * n + k]!, i, columns);
  }
  return x;
}

/** x[target] -= factor * x[from], rows of a matrix. */
function subtractRow(x: Float64Array, target: number, factor: number, from: number, columns: number): void {
  if (factor === 0) return;
  const to = target * columns;
  const at = from * columns;
  for (let c = 0; c < columns; c++) x[to + c]! -= factor * x[at + c]!;
}

function divideRow(x: Float64Array, row: number, divisor: number, columns: number): void {
  for (let c = row * columns; c < (row + 1) * columns; c++) x[c]! /= divisor;
}

function checkSize(what: string, values: Float64Array, rows: number, columns: number): void {
  if (values.length !== rows * columns) {
    throw invalid(`${what} size`, values.length, `${rows * columns} values for [${rows}, ${columns}]`);
  }
}

function notPositiveDefinite(row: number, pivot: number): TheriacError {
  return new TheriacError(`The matrix is not positive definite: pivot ${row} is ${pivot}`, {
    code: 'FAILED_PRECONDITION',
    field: 'matrix',
    remedy: 'Add damping to its diagonal.',
  });
}
