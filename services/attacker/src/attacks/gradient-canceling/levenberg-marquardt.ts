/**
 * Levenberg-Marquardt in the space of equations, for more unknowns than equations:
 *   dv = -M^{-1} J' (J M^{-1} J' + lambda s I)^{-1} F,   M = diag(omega),  s = trace(J M^{-1} J') / N,
 * which for lambda -> 0 is the Newton step of least sum_a omega_a ||dv_a||^2: the mean squared change of a poison row.
 * With J = (omega_a J_a)_a: J M^{-1} J' = sum_a omega_a J_a J_a' and dv_a = -J_a' q. Nielsen-like lambda: /5 on success, *4 on failure.
 */
import { cholesky, norm, solveCholesky } from '@theriac/tensors';
import { equations, jacobianBlocks } from './logit-equations';
import type { LogitEquations } from './logit-equations';

/** Keeps the damped matrix positive definite in float64 whatever the rank of J. */
const smallestDamping = 1e-10;
const largestDamping = 1e12;

export interface MarquardtStep {
  readonly v: Float64Array;
  readonly damping: number;
  /** ||F(v)||. */
  readonly norm: number;
  /** Whether any damping found a smaller ||F||. */
  readonly improved: boolean;
}

/** One accepted step from v, or v again where there is none. */
export function marquardtStep(problem: LogitEquations, v: Float64Array, damping: number): MarquardtStep {
  const { atoms, geometry } = problem;
  const rank = geometry.rank;
  const value = equations(problem, v);
  const size = value.length;
  const before = norm(value);
  const blocks = jacobianBlocks(problem, v);
  const normal = normalMatrix(blocks, atoms.weights, size, rank);
  let trace = 0;
  for (let i = 0; i < size; i++) trace += normal[i * size + i]!;
  for (let lambda = damping; lambda <= largestDamping; lambda *= 4) {
    const q = solveDamped(normal, size, (lambda * trace) / size, value);
    const moved = Float64Array.from(v);
    for (let a = 0; a < atoms.weights.length; a++)
      for (let e = 0, at = a * size * rank; e < size; e++)
        for (let l = 0; l < rank; l++, at++) moved[a * rank + l]! -= blocks[at]! * q[e]!;
    const after = norm(equations(problem, moved));
    if (after < before)
      return { v: moved, damping: Math.max(lambda / 5, smallestDamping), norm: after, improved: true };
  }
  return { v, damping, norm: before, improved: false };
}

/** sum_a omega_a J_a J_a' [size, size]. */
function normalMatrix(blocks: Float64Array, weights: Float64Array, size: number, rank: number): Float64Array {
  const normal = new Float64Array(size * size);
  for (let a = 0; a < weights.length; a++) {
    const weight = weights[a]!;
    const from = a * size * rank;
    for (let e = 0; e < size; e++)
      for (let f = 0; f <= e; f++) {
        let sum = 0;
        for (let l = 0; l < rank; l++) sum += blocks[from + e * rank + l]! * blocks[from + f * rank + l]!;
        normal[e * size + f]! += weight * sum;
      }
  }
  for (let e = 0; e < size; e++) for (let f = 0; f < e; f++) normal[f * size + e] = normal[e * size + f]!;
  return normal;
}

function solveDamped(normal: Float64Array, size: number, added: number, right: Float64Array): Float64Array {
  const damped = Float64Array.from(normal);
  for (let i = 0; i < size; i++) damped[i * size + i]! += added;
  return solveCholesky(cholesky(damped, size), size, right);
}
