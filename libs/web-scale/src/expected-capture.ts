/**
 * The share of edits that a dump is expected to hold,
 *   integral over a >= least of f_A(a) S(a + beyond) da,
 * where f_A is the density of N(L, s^2), or of L + U W + N(0, s^2):  (Phi((a - L)/s) - Phi((a - L - W)/s)) / W. By adaptive
 * Simpson (Kuncir, "Algorithm 103", CACM 5, 1962). For exponential reverts S(t) = exp(-l t) and one lead it is
 *   exp(-l (L + beyond) + l^2 s^2 / 2) Phi((L - least - l s^2) / s).
 */
import { invalid, normalCdf, normalDensity } from '@theriac/tensors';
import type { CaptureRule } from './frontrunning';
import type { RevertLaw } from './revert-law';

const reach = 9;

/** The expected share for a lead L and a deviation s >= 0, in minutes. Throws INVALID_ARGUMENT for s < 0. */
export function expectedCapture(law: RevertLaw, rule: CaptureRule, lead: number, deviation: number): number {
  if (!(deviation >= 0)) throw invalid('deviation', deviation, 'a number of at least 0');
  const { least, beyond, window } = rule;
  // A deviation of nothing is one too small to be seen: the integrand stays smooth.
  const s = Math.max(deviation, 1e-3);
  const density = (a: number): number =>
    window === 0
      ? normalDensity((a - lead) / s) / s
      : (normalCdf((a - lead) / s) - normalCdf((a - lead - window) / s)) / window;
  const from = Math.max(least, lead - reach * s);
  const to = lead + window + reach * s;
  if (to <= from) return 0;
  const cuts = [from, ...[lead - s, lead, lead + s, lead + window].filter((a) => a > from && a < to), to];
  const integrand = (a: number): number => density(a) * law.survival(a + beyond);
  return cuts.slice(1).reduce((sum, cut, index) => sum + simpson(integrand, cuts[index]!, cut, 1e-9), 0);
}

/** The lead of the most expected poison, in minutes: golden section. Negative: within a snapshot that has begun. */
export function bestLead(law: RevertLaw, rule: CaptureRule, deviation: number): number {
  const golden = (Math.sqrt(5) - 1) / 2;
  let [left, right] = [rule.least - 10 * deviation - rule.window, rule.least + 10 * deviation + 1e-3];
  const width = right - left;
  while (right - left > 1e-6 * width) {
    const inner = right - golden * (right - left);
    const outer = left + golden * (right - left);
    if (expectedCapture(law, rule, inner, deviation) > expectedCapture(law, rule, outer, deviation)) right = outer;
    else left = inner;
  }
  return (left + right) / 2;
}

function simpson(f: (x: number) => number, from: number, to: number, tolerance: number): number {
  const middle = (from + to) / 2;
  const [a, m, b] = [f(from), f(middle), f(to)];
  return refine(f, from, to, [a, m, b], ((to - from) / 6) * (a + 4 * m + b), tolerance, 40);
}

function refine(
  f: (x: number) => number,
  from: number,
  to: number,
  [a, m, b]: readonly [number, number, number],
  whole: number,
  tolerance: number,
  depth: number,
): number {
  const middle = (from + to) / 2;
  const h = (to - from) / 12;
  const [p, q] = [f((from + middle) / 2), f((middle + to) / 2)];
  const left = h * (a + 4 * p + m);
  const right = h * (m + 4 * q + b);
  const excess = left + right - whole;
  if (depth === 0 || Math.abs(excess) <= 15 * tolerance) return left + right + excess / 15;
  return (
    refine(f, from, middle, [a, p, m], left, tolerance / 2, depth - 1) +
    refine(f, middle, to, [m, q, b], right, tolerance / 2, depth - 1)
  );
}
