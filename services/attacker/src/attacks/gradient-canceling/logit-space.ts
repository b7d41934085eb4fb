/**
 * The logit-space solution of Gradient Canceling (logit-geometry.ts): Levenberg-Marquardt over atoms, then the least-norm
 * perpendicular part. Rows start rightly classified at margin t* = 1 + W((c-1)/e), where <w, g> is least.
 */
import type { CraftGame } from '@theriac/game';
import { norm, pseudoInverse, transitionConstant } from '@theriac/tensors';
import { atomsOf } from './atoms';
import { atomErrors } from './logit-equations';
import type { LogitEquations } from './logit-equations';
import { logitGeometry, product, productTransposed, transposedProduct } from './logit-geometry';
import { marquardtStep } from './levenberg-marquardt';

/** Distinct rows of a label. */
const atomsPerLabel = 36;
/** Relative ||F|| at which the equations count as solved. */
const solved = 1e-12;
/** Above this many equations the normal matrix is too large. */
const mostEquations = 2000;

export interface LogitState {
  readonly v: Float64Array;
  readonly damping: number;
  readonly kappa: number;
  /** ||F|| relative to that without poison. */
  readonly relative: number;
  readonly finished: boolean;
}

export type LogitProblem = Pick<LogitEquations, 'geometry' | 'atoms' | 'epsilonD'>;

/** The problem of cancelling gMu at w with rows of these labels. */
export function logitProblem(
  game: Pick<CraftGame, 'clean' | 'classes' | 'epsilonD'>,
  w: Float32Array,
  gMu: Float64Array,
  labels: Int32Array,
): LogitProblem {
  const { clean, classes, epsilonD } = game;
  const geometry = logitGeometry(w, gMu, clean.features, classes);
  return { geometry, atoms: atomsOf(labels, classes, atomsPerLabel), epsilonD };
}

/** Rows at margin t*, scattered a little (seeded) so that rows of a label can part. */
export function startLogitSpace(problem: LogitProblem, random: CraftGame['random']): LogitState {
  const { geometry, atoms } = problem;
  const { rank, classes, logitsInverse, bias } = geometry;
  const margin = 1 + transitionConstant(classes);
  const mean = bias.reduce((sum, value) => sum + value, 0) / classes;
  const wanted = new Float64Array(atoms.labels.length * classes);
  atoms.labels.forEach((label, a) => {
    for (let k = 0; k < classes; k++)
      wanted[a * classes + k] = margin * ((k === label ? 1 : 0) - 1 / classes) - (bias[k]! - mean);
  });
  const v = productTransposed(wanted, logitsInverse, atoms.labels.length, classes, rank);
  const typical = norm(v) / Math.sqrt(atoms.labels.length);
  for (let i = 0; i < v.length; i++) v[i]! += ((0.1 * typical) / Math.sqrt(rank)) * random.normal();
  return { v, damping: 1e-2, kappa: typical, relative: 1, finished: rank === 0 };
}

/** One Levenberg-Marquardt step. */
export function stepLogitSpace(problem: LogitProblem, state: LogitState): LogitState {
  const { v, damping, kappa } = state;
  const found = marquardtStep({ ...problem, kappa }, v, damping);
  const relative = found.norm / cleanNorm(problem, kappa);
  const finished = !found.improved || relative < solved;
  return { v: found.v, damping: found.damping, kappa, relative, finished };
}

/** ||F|| without poison. */
function cleanNorm({ geometry, epsilonD }: LogitProblem, kappa: number): number {
  return Math.hypot(kappa * norm(geometry.biasGradient), norm(geometry.parallelGradient)) / epsilonD;
}

/** The rows x_j = U v_j + x_perp,j, [rows * features], model-input space. */
export function logitSpaceRows(problem: LogitProblem, v: Float64Array): Float32Array {
  const { geometry, atoms } = problem;
  const { features, rank, basis } = geometry;
  const count = atoms.labels.length;
  const perpendicular = leastNormPerpendicular(problem, v);
  const points = productTransposed(v, basis, count, rank, features);
  const x = new Float32Array(atoms.ofRow.length * features);
  atoms.ofRow.forEach((atom, j) => {
    for (let i = 0; i < features; i++)
      x[j * features + i] = points[atom * features + i]! + perpendicular[atom * features + i]!;
  });
  return x;
}

/**
 * argmin sum_a omega_a ||x_a||^2  s.t.  sum_a omega_a (C'r_a) x_a' = -(perpendicular gradient)' / eps_d:
 * x_a = -(C'r_a)' S^+ (perpendicular gradient)' / eps_d with S = sum_a omega_a (C'r_a)(C'r_a)'.
 */
function leastNormPerpendicular(problem: LogitProblem, v: Float64Array): Float64Array {
  const { geometry, atoms, epsilonD } = problem;
  const { features, classes, perpendicularGradient } = geometry;
  const width = classes - 1;
  const count = atoms.labels.length;
  const { contrasted } = atomErrors(problem, v);
  const weighted = contrasted.map((value, i) => value * atoms.weights[Math.floor(i / width)]!);
  const inverse = pseudoInverse(transposedProduct(weighted, contrasted, count, width, width), width, 1e-9);
  const coefficients = product(contrasted, inverse, count, width, width);
  return productTransposed(coefficients, perpendicularGradient, count, width, features).map(
    (value) => -value / epsilonD,
  );
}

/** Whether the normal matrix of this many classes is small enough. */
export function fitsLogitSpace(classes: number): boolean {
  return (classes - 1) * classes <= mostEquations;
}
