/**
 * Newton's method with conjugate gradients inside, for the strictly convex F of a defender:
 *   H d = g to min(0.1, sqrt|g|);   W <- W - t d, t = 1, 1/2, 1/4 ... until F does not grow by more than its rounding
 * CG is preconditioned by the Cholesky factor of M + damping (see defender.ts), shared by all classes, and may start warm.
 */
import { cholesky, dot, norm } from '@theriac/tensors';
import { tf, valuesOf } from '@theriac/tensors/engine';
import type { Defender, DefenderPoint } from './defender';

/** r -> (I (x) M)^-1 r, in the engine. The caller disposes. */
export interface Preconditioner {
  apply(r: Float64Array): Float64Array;
  dispose(): void;
}

/** Added to the diagonal of M: constant features make it singular. */
const damping = 1e-4;
/** Rounding error of F, whose products are in 32 bits. */
const rounding = 1e-7;

/** The preconditioner at this point, from so many clean rows. */
export function preconditionerAt(
  point: DefenderPoint,
  classes: number,
  { ridge, rows }: { readonly ridge: number; readonly rows: number },
): Preconditioner {
  const side = point.w.length / classes;
  const m = point.moments(rows);
  for (let i = 0; i < side; i++) m[i * side + i]! += damping + ridge;
  const inverse = tf.tensor2d(Float32Array.from(lowerInverse(cholesky(m, side), side)), [side, side]);
  return {
    apply(r) {
      const [found] = valuesOf(() => {
        const half = tf.matMul(inverse, tf.tensor2d(Float32Array.from(r), [side, classes]));
        return [tf.matMul(inverse, half, true, false)];
      }) as [Float32Array];
      return Float64Array.from(found);
    },
    dispose: () => inverse.dispose(),
  };
}

/** The inverse of a lower triangular L [side, side], by rows: X_i = (e_i - sum_{k < i} L_ik X_k) / L_ii. */
export function lowerInverse(l: Float64Array, side: number): Float64Array {
  const x = new Float64Array(side * side);
  for (let i = 0; i < side; i++) {
    const to = i * side;
    for (let k = 0; k < i; k++) {
      const factor = l[to + k]!;
      const from = k * side;
      for (let j = 0; j <= k; j++) x[to + j]! -= factor * x[from + j]!;
    }
    const diagonal = l[to + i]!;
    for (let j = 0; j < i; j++) x[to + j]! /= diagonal;
    x[to + i] = 1 / diagonal;
  }
  return x;
}

/** q with |H q - b| <= tolerance |b|, or the last of `iterations`; begins at `start`. */
export function conjugateGradients(
  point: Pick<DefenderPoint, 'product'>,
  b: Float64Array,
  { apply }: Pick<Preconditioner, 'apply'>,
  {
    iterations,
    tolerance,
    start,
  }: { readonly iterations: number; readonly tolerance: number; readonly start?: Float64Array },
): { readonly solution: Float64Array; readonly iterations: number; readonly relativeResidual: number } {
  const scale = norm(b);
  const q = start === undefined ? new Float64Array(b.length) : Float64Array.from(start);
  const r = Float64Array.from(b);
  if (start !== undefined) point.product(q).forEach((value, i) => (r[i]! -= value));
  let d = apply(r);
  let rz = dot(r, d);
  let done = 0;
  while (done < iterations && scale > 0 && norm(r) > tolerance * scale) {
    const h = point.product(d);
    const curvature = dot(d, h);
    if (!(curvature > 0)) break;
    const alpha = rz / curvature;
    for (let i = 0; i < q.length; i++) {
      q[i]! += alpha * d[i]!;
      r[i]! -= alpha * h[i]!;
    }
    const z = apply(r);
    const next = dot(r, z);
    const beta = next / rz;
    d = z.map((value, i) => value + beta * d[i]!);
    rz = next;
    done++;
  }
  return { solution: q, iterations: done, relativeResidual: scale === 0 ? 0 : norm(r) / scale };
}

/** How far to go: at most so many Newton steps of so many CG iterations, or until the gradient's norm is `tolerance`. */
export interface NewtonBudget {
  readonly steps: number;
  readonly iterations: number;
  readonly tolerance: number;
}

/** The point that Newton's method reaches from `w`. The caller disposes it. */
export function minimised(
  defender: Defender,
  w: Float64Array,
  precondition: (point: DefenderPoint) => Preconditioner,
  { steps, iterations, tolerance }: NewtonBudget,
): { readonly point: DefenderPoint; readonly inverse: Preconditioner } {
  let point = defender.at(w);
  const inverse = precondition(point);
  for (let step = 0; step < steps; step++) {
    const size = norm(point.gradient);
    if (size <= tolerance) break;
    const forcing = Math.min(0.1, Math.sqrt(size));
    const { solution } = conjugateGradients(point, point.gradient, inverse, { iterations, tolerance: forcing });
    const next = alongStep(defender, point, solution);
    if (next === undefined) break;
    point.dispose();
    point = next;
  }
  return { point, inverse };
}

/** The first of W - d, W - d/2, ... at which F has not grown; undefined where there is none within ten halvings. */
function alongStep(defender: Defender, from: DefenderPoint, d: Float64Array): DefenderPoint | undefined {
  for (let t = 1; t > 1e-3; t /= 2) {
    const point = defender.at(from.w.map((value, i) => value - t * d[i]!));
    if (point.loss <= from.loss + rounding) return point;
    point.dispose();
  }
  return undefined;
}
