/**
 * Conjugate gradients on 1/2 ||r||^2, r = g(mu; w) + eps_d g(nu; w), over the rows of nu without pixel limits. Within one
 * pattern of active units, and where predictions hardly move, r is affine in the rows; hence the step along d is
 *   x <- x - (<r, q> / <q, q>) d,   q = (r(x + t d) - r(x)) / t,   t the last step's length,
 *   d = -s + max{0, <s, s - s'> / <s', s'>} d'   (Polak, Ribiere),   s = eps_d d/dx <g(nu; w), r>.
 * A step that does not lower ||r|| is quartered; where none does, the solver has ended. One mixed product and two gradients
 * a step.
 */
import { dot, norm } from '@theriac/tensors';
import type { Layers } from './descent';
import { cancellationResidual, cancellationSlope } from './descent';
import type { CancellationProblem } from './descent';

/** x, direction and slope are [count * features], model-input space. */
export interface ConjugateState {
  readonly iteration: number;
  readonly x: Float32Array;
  readonly direction: Float32Array;
  /** d/dx 1/2 ||r||^2 of the step before; zeros at the start. */
  readonly slope: Float32Array;
  /** Length of the last step along its direction; 0 at the start. */
  readonly length: number;
  /** r at x, [p], and 1/2 ||r||^2. */
  readonly r: Float64Array;
  readonly loss: number;
  readonly ended: boolean;
}

/** Relative change of the rows that the first step tries. */
const firstChange = 1e-2;
const quarterings = 6;

/** Starts at x. */
export function startConjugate(problem: CancellationProblem, x: Float32Array, layers: Layers): ConjugateState {
  const r = cancellationResidual(problem, x, layers);
  return {
    iteration: 0,
    x,
    direction: new Float32Array(x.length),
    slope: new Float32Array(x.length),
    length: 0,
    r,
    loss: halfSquare(r),
    ended: false,
  };
}

/** One step; the loss never grows. */
export function stepConjugate(problem: CancellationProblem, state: ConjugateState, layers: Layers): ConjugateState {
  const { x, r, loss } = state;
  const slope = cancellationSlope(problem, x, r);
  const direction = nextDirection(state, slope);
  const iteration = state.iteration + 1;
  const steepness = norm(direction);
  if (!(steepness > 0)) return { ...state, iteration, ended: true };
  const trial = state.length > 0 ? state.length : (firstChange * norm(x)) / steepness;
  const there = cancellationResidual(problem, along(x, direction, trial), layers);
  const q = there.map((value, i) => (value - r[i]!) / trial);
  let length = -dot(r, q) / dot(q, q);
  for (let tries = 0; tries <= quarterings && Number.isFinite(length); tries++, length /= 4) {
    const moved = along(x, direction, length);
    const left = cancellationResidual(problem, moved, layers);
    const found = halfSquare(left);
    if (found < loss)
      return { iteration, x: moved, direction, slope, length: Math.abs(length), r: left, loss: found, ended: false };
  }
  // Along the plain slope nothing is left to gain; along another direction, begin again.
  const restarted = state.slope.some((value) => value !== 0);
  return { ...state, iteration, slope: new Float32Array(x.length), length: 0, ended: !restarted };
}

function nextDirection({ direction, slope: before }: ConjugateState, slope: Float32Array): Float32Array {
  const previous = dot(before, before);
  const weight = previous > 0 ? Math.max(0, (dot(slope, slope) - dot(slope, before)) / previous) : 0;
  const next = slope.map((value, i) => weight * direction[i]! - value);
  return dot(next, slope) < 0 ? next : slope.map((value) => -value);
}

function along(x: Float32Array, direction: Float32Array, length: number): Float32Array {
  return x.map((value, i) => value + length * direction[i]!);
}

function halfSquare(r: Float64Array): number {
  return 0.5 * norm(r) ** 2;
}
