/**
 * What theory says of a collective of share alpha that plants a signal (Hardt, Mazumdar, Mendler-Duenner, Zrnic, ICML 2023),
 * as quoted by others: our reading, since the paper's own text was not at hand.
 *
 *   feature-label   S(alpha) >= 1 - ((1 - alpha) / alpha) c,            c = ((1 - eps) Delta + 2 eps) xi
 *                   S >= S*  from  alpha = c / (1 - S* + c)  on
 *   feature-only    the same with p alpha for alpha and 1 - (1 - eps) p for Delta (and no 2 eps):
 *                   S(alpha) >= 1 - ((1 - p alpha) / (p alpha)) (1 - (1 - eps) p) xi
 *
 *   xi      signal uniqueness P0(g(X)), the share of clean data that carries the signal anyway
 *   Delta   suboptimality gap, max over x in g(X) of max_y P0(y|x) - P0(y*|x)
 *   eps     suboptimality of the learner
 *   p       inf over x of P0(y*|x)
 *
 * For eps = 0 the first follows at once: at x in g(X) the label y* wins where alpha P0(g^-1(x)) > (1 - alpha) P0(x) Delta, and
 * the probability of all x0 with g(x0) = x where it does not is at most ((1 - alpha) / alpha) Delta xi.
 */

/** The parameters, all shares from 0 to 1. */
export interface SignalFacts {
  readonly uniqueness: number;
  readonly gap: number;
  readonly suboptimality: number;
  /** p, for feature-only. */
  readonly targetFloor: number;
}

export type PlantingStrategy = 'feature-label' | 'feature-only';

/** c and the factor of alpha: S(alpha) >= 1 - ((1 - q alpha) / (q alpha)) c with q = 1 or p. */
function constants(strategy: PlantingStrategy, facts: SignalFacts): { c: number; q: number } {
  const { uniqueness: xi, gap, suboptimality: eps, targetFloor: p } = facts;
  if (strategy === 'feature-label') return { c: ((1 - eps) * gap + 2 * eps) * xi, q: 1 };
  return { c: (1 - (1 - eps) * p) * xi, q: p };
}

/** The least S(alpha) that theory promises, 0 to 1. */
export function successBound(strategy: PlantingStrategy, alpha: number, facts: SignalFacts): number {
  const { c, q } = constants(strategy, facts);
  const share = q * alpha;
  if (share <= 0) return 0;
  return Math.max(0, 1 - ((1 - share) / share) * c);
}

/** The critical mass alpha* from which theory promises S >= `success` (0 to 1); undefined where no alpha up to 1 is promised. */
export function criticalMassBound(strategy: PlantingStrategy, success: number, facts: SignalFacts): number | undefined {
  const { c, q } = constants(strategy, facts);
  if (c === 0) return 0;
  if (q <= 0) return undefined;
  const alpha = c / (1 - success + c) / q;
  return alpha <= 1 ? alpha : undefined;
}

/**
 * The share that `seen` of `count` draws bear witness to at most, at this confidence (Clopper and Pearson, 1934): the p at which
 * seen or fewer of count come with probability 1 - confidence. None of n seen: 1 - 0.05^(1/n), about 3/n.
 */
export function upperShare(seen: number, count: number, confidence = 0.95): number {
  if (seen >= count) return 1;
  const tail = 1 - confidence;
  let [low, high] = [seen / count, 1];
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (atMost(seen, count, middle) > tail) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** P(Binomial(count, p) <= seen). */
function atMost(seen: number, count: number, p: number): number {
  let term = count * Math.log1p(-p);
  let sum = 0;
  for (let k = 0; k <= seen; k++) {
    sum += Math.exp(term);
    term += Math.log((count - k) / (k + 1)) + Math.log(p) - Math.log1p(-p);
  }
  return sum;
}
