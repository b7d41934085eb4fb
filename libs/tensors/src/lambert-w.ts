/**
 * Lambert W, principal branch: the w >= -1 with w e^w = x, for x >= -1/e.
 * Halley iteration (Corless et al., "On the Lambert W function", Advances in Computational Mathematics 5, 1996, eq. 5.9)
 * from the branch-point series (eq. 4.22) or the asymptotic log x - log log x.
 */
import { invalid } from './errors';

const branchPoint = -1 / Math.E;

/** W(x) to double precision; x >= -1/e (a few units of rounding below are taken as -1/e). W(Infinity) = Infinity. */
export function lambertW(x: number): number {
  if (Number.isNaN(x) || x < branchPoint - 4 * Number.EPSILON) throw invalid('x', x, 'a number >= -1/e = -0.36787944');
  if (x === 0 || x === Infinity) return x;
  const p = Math.sqrt(Math.max(0, 2 * (Math.E * x + 1)));
  // Next to the branch point the iteration divides by almost nothing; the series is exact to rounding there.
  if (p < 1e-3) return nearBranchPoint(p);
  let w = start(x, p);
  for (let i = 0; i < 50; i++) {
    const e = Math.exp(w);
    const f = w * e - x;
    const step = f / (e * (w + 1) - ((w + 2) * f) / (2 * w + 2));
    w -= step;
    if (Math.abs(step) <= 2 * Number.EPSILON * Math.abs(w)) break;
  }
  return w;
}

/**
 * W((c-1)/e), the constant of the transition threshold tau = max{<w, g(mu; w)> / W((c-1)/e), 0} for c classes, c >= 2:
 * the most that the gradient of one poison point can be negative along w (Lu, Kamath and Yu, ICML 2023).
 */
export function transitionConstant(classes: number): number {
  if (!Number.isSafeInteger(classes) || classes < 2) throw invalid('classes', classes, 'an integer >= 2');
  return lambertW((classes - 1) / Math.E);
}

function nearBranchPoint(p: number): number {
  return -1 + p * (1 + p * (-1 / 3 + p * (11 / 72 + p * (-43 / 540 + p * (769 / 17280)))));
}

function start(x: number, p: number): number {
  if (x < -0.2) return nearBranchPoint(p);
  if (x < 3) return Math.log1p(x) * (1 - Math.log1p(Math.log1p(x)) / (2 + Math.log1p(x)));
  return Math.log(x) - Math.log(Math.log(x));
}
