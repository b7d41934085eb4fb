/**
 * The non-linear equations of logit-geometry.ts over atoms (v_a, y_a, omega_a), and their derivative.
 *   F = C' ( sum_a omega_a r_a [kappa, v_a]' ) + [kappa C' g_b, C' G'U] / eps_d        [(c-1)(1+k)]
 * kappa only weighs (i) against (ii). With D = dr/dv = diag(p) B - p (p'B) and v~ = (kappa, v), an atom's block is
 *   J[(i, q), l] = (C'D)[i, l] v~_q + (C'r)_i [q = 1 + l],        dF = sum_a omega_a J_a dv_a.
 */
import { softmaxRows } from '@theriac/game';
import type { Atoms } from './atoms';
import { productTransposed, product, transposedProduct } from './logit-geometry';
import type { LogitGeometry } from './logit-geometry';

export interface LogitEquations {
  readonly geometry: LogitGeometry;
  readonly atoms: Atoms;
  readonly epsilonD: number;
  readonly kappa: number;
}

/** (c-1)(1+k), the number of equations. */
export function equationCount({ classes, rank }: LogitGeometry): number {
  return (classes - 1) * (1 + rank);
}

/** Logits of the atoms, B v + b, [atoms, classes]. */
function atomLogits({ logitsOf, bias, rank, classes }: LogitGeometry, v: Float64Array): Float64Array {
  const z = productTransposed(v, logitsOf, v.length / rank, rank, classes);
  for (let i = 0; i < z.length; i++) z[i]! += bias[i % classes]!;
  return z;
}

/** Softmax of the atoms' logits, and C'r, [atoms, classes - 1]. */
export function atomErrors(
  { geometry, atoms }: Pick<LogitEquations, 'geometry' | 'atoms'>,
  v: Float64Array,
): { p: Float64Array; contrasted: Float64Array } {
  const { classes, contrasts } = geometry;
  const p = softmaxRows(atomLogits(geometry, v), classes);
  const r = Float64Array.from(p);
  atoms.labels.forEach((label, a) => (r[a * classes + label]! -= 1));
  return { p, contrasted: product(r, contrasts, atoms.labels.length, classes, classes - 1) };
}

/** F(v), [(c-1)(1+k)]: the clean part first, then every atom's share. */
export function equations(problem: LogitEquations, v: Float64Array): Float64Array {
  const { geometry, atoms, epsilonD, kappa } = problem;
  const { rank } = geometry;
  const width = geometry.classes - 1;
  const { contrasted } = atomErrors(problem, v);
  const value = new Float64Array(equationCount(geometry));
  for (let i = 0; i < width; i++) {
    const at = i * (1 + rank);
    value[at] = (kappa * geometry.biasGradient[i]!) / epsilonD;
    for (let q = 0; q < rank; q++) value[at + 1 + q] = geometry.parallelGradient[i * rank + q]! / epsilonD;
  }
  for (let a = 0; a < atoms.labels.length; a++)
    for (let i = 0; i < width; i++) {
      const share = atoms.weights[a]! * contrasted[a * width + i]!;
      const at = i * (1 + rank);
      value[at]! += share * kappa;
      for (let q = 0; q < rank; q++) value[at + 1 + q]! += share * v[a * rank + q]!;
    }
  return value;
}

/** J_a [(c-1)(1+k), k] of every atom, one after another. */
export function jacobianBlocks(problem: LogitEquations, v: Float64Array): Float64Array {
  const { geometry, atoms, kappa } = problem;
  const { classes, rank, logitsOf, contrasts } = geometry;
  const width = classes - 1;
  const size = equationCount(geometry) * rank;
  const { p, contrasted } = atomErrors(problem, v);
  const blocks = new Float64Array(atoms.labels.length * size);
  const slope = new Float64Array(classes * rank);
  for (let a = 0; a < atoms.labels.length; a++) {
    const pa = p.subarray(a * classes, (a + 1) * classes);
    const mean = product(pa, logitsOf, 1, classes, rank);
    for (let k = 0; k < classes; k++)
      for (let l = 0; l < rank; l++) slope[k * rank + l] = pa[k]! * (logitsOf[k * rank + l]! - mean[l]!);
    const contrastedSlope = transposedProduct(contrasts, slope, classes, width, rank);
    for (let i = 0; i < width; i++)
      for (let q = 0; q <= rank; q++) {
        const at = a * size + (i * (1 + rank) + q) * rank;
        const along = q === 0 ? kappa : v[a * rank + q - 1]!;
        for (let l = 0; l < rank; l++) blocks[at + l] = contrastedSlope[i * rank + l]! * along;
        if (q > 0) blocks[at + q - 1]! += contrasted[a * width + i]!;
      }
  }
  return blocks;
}
