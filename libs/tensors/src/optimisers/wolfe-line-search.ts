/**
 * Line search for the strong Wolfe conditions (Nocedal and Wright, "Numerical Optimization", 2nd ed., algorithms 3.5 and 3.6):
 *   f(w + a p) <= f(w) + c1 a <g, p>,   |<g(w + a p), p>| <= c2 |<g, p>|,   c1 = 1e-4, c2 = 0.9,
 * with cubic interpolation. It is a generator: it yields the points where it wants value and gradient, so that the caller may
 * evaluate them at once, later, or elsewhere.
 */
import { addScaled, dot } from '../vector';

export interface Evaluation {
  value: number;
  gradient: Float64Array;
}

/** A generator that asks for evaluations at the points it yields. */
export type Asking<T> = Generator<Float64Array, T, Evaluation>;

export interface Accepted {
  w: Float64Array;
  evaluation: Evaluation;
}

interface Trial extends Accepted {
  /** Step a, value f(w + a p), slope <g(w + a p), p>. */
  a: number;
  f: number;
  slope: number;
}

const c1 = 1e-4;
const c2 = 0.9;
const mostTrials = 25;
const growth = 2.5;

/**
 * A point on w + a p, a > 0, that satisfies the conditions, or at least is lower than w; undefined where none was found.
 * `precision` is the relative rounding of values: lower differences count as none. A value that is not finite counts as too far.
 */
export function* wolfeLineSearch(
  w: Float64Array,
  start: Evaluation,
  p: Float64Array,
  firstStep: number,
  precision: number,
): Asking<Accepted | undefined> {
  const origin: Trial = { w, evaluation: start, a: 0, f: start.value, slope: dot(start.gradient, p) };
  const slack = precision * Math.abs(start.value);
  const tooHigh = (t: Trial) => !(t.f <= origin.f + c1 * t.a * origin.slope + slack);
  const flat = (t: Trial) => Math.abs(t.slope) <= -c2 * origin.slope;
  let trials = 0;

  function* evaluate(a: number): Asking<Trial> {
    trials++;
    const point = addScaled(w, a, p);
    const evaluation = yield point;
    const slope = dot(evaluation.gradient, p);
    const f = Number.isFinite(evaluation.value) && Number.isFinite(slope) ? evaluation.value : Infinity;
    return { w: point, evaluation, a, f, slope };
  }

  let low = origin;
  let high: Trial | undefined;
  for (let a = firstStep; !high; a *= growth) {
    if (trials === mostTrials) return lower(low, origin);
    const trial: Trial = yield* evaluate(a);
    if (tooHigh(trial) || trial.f > low.f + slack) high = trial;
    else if (flat(trial)) return trial;
    else {
      if (trial.slope >= 0) high = low;
      low = trial;
    }
  }
  while (trials < mostTrials) {
    const a = between(low, high);
    if (a === low.a || a === high.a) break;
    const trial: Trial = yield* evaluate(a);
    if (tooHigh(trial) || trial.f > low.f + slack) high = trial;
    else {
      if (flat(trial)) return trial;
      if (trial.slope * (high.a - low.a) >= 0) high = low;
      low = trial;
    }
  }
  return lower(low, origin);
}

const lower = (trial: Trial, origin: Trial) => (trial.f < origin.f ? trial : undefined);

/** The minimiser of the cubic through both ends (eq. 3.59), kept off the ends; the middle where an end is infinite. */
function between(low: Trial, high: Trial): number {
  const width = high.a - low.a;
  const middle = low.a + width / 2;
  if (!Number.isFinite(high.f) || !Number.isFinite(low.f)) return middle;
  const d1 = low.slope + high.slope - (3 * (low.f - high.f)) / (low.a - high.a);
  const square = d1 * d1 - low.slope * high.slope;
  if (!(square >= 0)) return middle;
  const d2 = Math.sign(width) * Math.sqrt(square);
  const a = high.a - width * ((high.slope + d2 - d1) / (high.slope - low.slope + 2 * d2));
  if (!Number.isFinite(a)) return middle;
  const part = Math.min(0.9, Math.max(0.1, (a - low.a) / width));
  return low.a + part * width;
}
