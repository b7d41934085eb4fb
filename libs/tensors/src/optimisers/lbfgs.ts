/**
 * L-BFGS (Liu and Nocedal, Mathematical Programming 45, 1989; Nocedal and Wright, "Numerical Optimization", 2nd ed., algorithm 7.5):
 *   p = -H g by the two-loop recursion over the last `memory` pairs s = w' - w, y = g' - g with <s, y> > 0,
 *   H_0 = the preconditioner if given, else (<s, y> / <y, y>) I of the latest pair,
 * and a strong Wolfe line search. Pure: states are plain, never changed, and may be stored and taken up again with equal results.
 */
import { invalid } from '../errors';
import { addScaled, dot, norm } from '../vector';
import { wolfeLineSearch, type Asking, type Evaluation } from './wolfe-line-search';

export interface LbfgsState {
  readonly w: Float64Array;
  readonly value: number;
  readonly gradient: Float64Array;
  /** The latest pairs, oldest first. */
  readonly s: readonly Float64Array[];
  readonly y: readonly Float64Array[];
  readonly iterations: number;
  readonly evaluations: number;
  /** No lower value could be found along the gradient: the precision of the function is exhausted. */
  readonly exhausted: boolean;
}

export interface LbfgsStepOptions {
  /** Pairs kept; default 10. */
  memory?: number;
  /** g -> approximately H^-1 g, symmetric positive definite; returns a new vector. */
  precondition?: (g: Float64Array) => Float64Array;
  /** Relative rounding error of the values; default 1e-15, about 1e-7 for a function computed in 32 bits. */
  precision?: number;
}

export interface LbfgsOptions extends LbfgsStepOptions {
  /** At most so many; default 200. */
  iterations?: number;
  /** Stop when the Euclidean norm of the gradient is at most this; default 1e-8. */
  gradientTolerance?: number;
  onIteration?: (progress: { iterations: number; evaluations: number; value: number; gradientNorm: number }) => void;
}

export interface LbfgsResult {
  w: Float64Array;
  value: number;
  gradientNorm: number;
  iterations: number;
  evaluations: number;
  /** converged: gradient tolerance reached; iterations: budget used up; precision: no lower value can be found. */
  stopped: 'converged' | 'iterations' | 'precision';
}

/** The state at w0, given value and gradient there; both must be finite. */
export function lbfgsStart(w0: Float64Array, { value, gradient }: Evaluation): LbfgsState {
  if (gradient.length !== w0.length) throw invalid('gradient length', gradient.length, `${w0.length}, as w has`);
  if (!Number.isFinite(value)) throw invalid('value at the start', value, 'a finite number', 'Start elsewhere.');
  const bad = gradient.find((g) => !Number.isFinite(g));
  if (bad !== undefined) throw invalid('gradient at the start', bad, 'finite numbers', 'Start elsewhere.');
  const [w, g] = [Float64Array.from(w0), Float64Array.from(gradient)];
  return { w, value, gradient: g, s: [], y: [], iterations: 0, evaluations: 1, exhausted: false };
}

/** One iteration; value and gradient are asked for at once. */
export function lbfgsStep(
  state: LbfgsState,
  evaluate: (w: Float64Array) => Evaluation,
  options: LbfgsStepOptions = {},
): LbfgsState {
  const asking = iteration(state, options);
  let turn = asking.next();
  while (turn.done !== true) turn = asking.next(evaluate(turn.value));
  return turn.value;
}

/** One iteration; value and gradient are awaited. */
export async function lbfgsStepAsync(
  state: LbfgsState,
  evaluate: (w: Float64Array) => Promise<Evaluation>,
  options: LbfgsStepOptions = {},
): Promise<LbfgsState> {
  const asking = iteration(state, options);
  let turn = asking.next();
  while (turn.done !== true) turn = asking.next(await evaluate(turn.value));
  return turn.value;
}

/** Minimises f from w0 until the gradient is small, the iterations are used up, or no lower value can be found. */
export function minimiseLbfgs(
  f: (w: Float64Array) => Evaluation,
  w0: Float64Array,
  options: LbfgsOptions = {},
): LbfgsResult {
  const { iterations = 200, gradientTolerance = 1e-8, onIteration } = options;
  let state = lbfgsStart(w0, f(w0));
  let gradientNorm = norm(state.gradient);
  while (gradientNorm > gradientTolerance && state.iterations < iterations && !state.exhausted) {
    state = lbfgsStep(state, f, options);
    gradientNorm = norm(state.gradient);
    onIteration?.({ iterations: state.iterations, evaluations: state.evaluations, value: state.value, gradientNorm });
  }
  const stopped = gradientNorm <= gradientTolerance ? 'converged' : state.exhausted ? 'precision' : 'iterations';
  const { w, value, evaluations } = state;
  return { w, value, gradientNorm, iterations: state.iterations, evaluations, stopped };
}

function* iteration(state: LbfgsState, options: LbfgsStepOptions): Asking<LbfgsState> {
  const { memory = 10, precision = 1e-15 } = options;
  if (!Number.isSafeInteger(memory) || memory < 1) throw invalid('memory', memory, 'an integer >= 1');
  const { w, value, gradient } = state;
  if (norm(gradient) === 0) return { ...state, exhausted: true };
  const counted = counting();
  const from = { value, gradient };
  let { s, y } = state;
  let p = direction(state, options);
  let found =
    dot(p, gradient) < 0
      ? yield* counted.of(wolfeLineSearch(w, from, p, firstStep(state, options), precision))
      : undefined;
  if (!found && s.length > 0) {
    // The pairs mislead: forget them and go down the gradient.
    [s, y] = [[], []];
    const bare = { ...state, s, y };
    p = direction(bare, options);
    found = yield* counted.of(wolfeLineSearch(w, from, p, firstStep(bare, options), precision));
  }
  const evaluations = state.evaluations + counted.count();
  const iterations = state.iterations + 1;
  if (!found) return { ...state, s, y, iterations, evaluations, exhausted: true };
  const step = addScaled(found.w, -1, w);
  const change = addScaled(found.evaluation.gradient, -1, gradient);
  if (dot(step, change) > Number.EPSILON * norm(step) * norm(change)) {
    s = [...s, step].slice(-memory);
    y = [...y, change].slice(-memory);
  }
  const { value: newValue, gradient: newGradient } = found.evaluation;
  return {
    w: found.w,
    value: newValue,
    gradient: Float64Array.from(newGradient),
    s,
    y,
    iterations,
    evaluations,
    exhausted: false,
  };
}

/** p = -H g by the two-loop recursion. */
function direction({ gradient, s, y }: LbfgsState, { precondition }: LbfgsStepOptions): Float64Array {
  let q: Float64Array = Float64Array.from(gradient);
  const alphas: number[] = [];
  for (let i = s.length - 1; i >= 0; i--) {
    const alpha = dot(s[i]!, q) / dot(s[i]!, y[i]!);
    alphas[i] = alpha;
    q = addScaled(q, -alpha, y[i]!);
  }
  const [lastS, lastY] = [s.at(-1), y.at(-1)];
  if (precondition) q = precondition(q);
  else if (lastS && lastY) {
    const scale = dot(lastS, lastY) / dot(lastY, lastY);
    q = q.map((value) => scale * value);
  }
  for (let i = 0; i < s.length; i++) {
    const beta = dot(y[i]!, q) / dot(s[i]!, y[i]!);
    q = addScaled(q, alphas[i]! - beta, s[i]!);
  }
  return q.map((value) => -value);
}

/** The full step, but of length one at most where nothing is known of the curvature. */
function firstStep({ gradient, s }: LbfgsState, { precondition }: LbfgsStepOptions): number {
  return s.length > 0 || precondition ? 1 : Math.min(1, 1 / norm(gradient));
}

/** Counts the evaluations that a generator asks for. */
function counting() {
  let asked = 0;
  function* of<T>(asking: Asking<T>): Asking<T> {
    let turn = asking.next();
    while (turn.done !== true) {
      asked++;
      turn = asking.next(yield turn.value);
    }
    return turn.value;
  }
  return { of, count: () => asked };
}
