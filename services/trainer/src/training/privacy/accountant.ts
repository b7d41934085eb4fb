/**
 * What T steps of the sampled Gaussian mechanism cost in privacy: each row joins a step with probability q, contributions no longer
 * than C are summed, and N(0, (noise C)^2) is added to each coordinate. Of neighbours, one has a row more.
 *
 *   A(a) = sum_{k=0}^{a} binom(a, k) (1 - q)^(a-k) q^k exp((k^2 - k) / (2 noise^2)),  a = 2, 3, ...
 *   D(a) = log A(a) / (a - 1)                                          Renyi divergence of order a of one step
 *   epsilon = min_a  T D(a) + log((a - 1) / a) - (log delta + log a) / (a - 1)
 *
 * Sources: Mironov, Talwar, Zhang (2019, arXiv 1908.10530), where this direction is shown to be the larger one;
 * divergences of steps add up (Mironov, CSF 2017); the conversion is that of Canonne, Kamath, Steinke (NeurIPS 2020), proposition 12.
 * log A is convex in a, with log A(1) = 0, so between whole orders its chord is an upper bound; for q = 1 it is a (a - 1) / (2 noise^2).
 */
import { invalid } from '@theriac/tensors';

/** The mechanism of a whole training. */
export interface SampledGaussian {
  /** q, the probability that a row joins a step: in [0, 1]. */
  readonly rate: number;
  /** Deviation of the noise on the sum, in units of the bound C on a contribution: > 0. */
  readonly noise: number;
  /** T. */
  readonly steps: number;
}

const wholeOrders = [
  ...Array.from({ length: 63 }, (_, k) => k + 2),
  ...[72, 80, 96, 112, 128, 160, 192, 256, 384, 512, 768, 1024],
];
const fractions = Array.from({ length: 19 }, (_, k) => (k + 1) / 20);
/** Below this whole order, orders between the whole ones are tried too: with little noise the best one is near 1. */
const lastDivided = 12;

/** Smallest epsilon that the bound gives for `delta`: the training is (epsilon, delta)-differentially private. Throws INVALID_ARGUMENT outside the ranges. */
export function epsilonOf({ rate, noise, steps }: SampledGaussian, delta: number): number {
  if (!(delta > 0 && delta < 1)) throw invalid('delta', delta, 'a number between 0 and 1');
  if (!(noise > 0)) throw invalid('noise', noise, 'a number above 0', 'Without noise nothing is private.');
  if (!(rate >= 0 && rate <= 1)) throw invalid('rate', rate, 'a probability');
  if (rate === 0 || steps === 0) return 0;
  const at = (order: number, logMoment: number): number =>
    (steps * logMoment) / (order - 1) +
    Math.log((order - 1) / order) -
    (Math.log(delta) + Math.log(order)) / (order - 1);
  let best = Infinity;
  let below = 0;
  let previous = 1;
  for (const order of wholeOrders) {
    const moment = logMoment(order, rate, noise);
    if (order <= lastDivided)
      for (const share of fractions) {
        const between = previous + share * (order - previous);
        const chord = rate === 1 ? (between * (between - 1)) / (2 * noise ** 2) : below + share * (moment - below);
        best = Math.min(best, at(between, chord));
      }
    best = Math.min(best, at(order, moment));
    [below, previous] = [moment, order];
  }
  return Math.max(0, best);
}

/** log A(a) of one step for a whole order a >= 2: (a - 1) times the Renyi divergence. */
export function logMoment(order: number, rate: number, noise: number): number {
  if (rate === 1) return (order * (order - 1)) / (2 * noise ** 2);
  const terms: number[] = [];
  let logBinomial = 0;
  for (let k = 0; k <= order; k++) {
    if (k > 0) logBinomial += Math.log(order - k + 1) - Math.log(k);
    const weight = (order - k) * Math.log1p(-rate) + (k === 0 ? 0 : k * Math.log(rate));
    terms.push(logBinomial + weight + (k * k - k) / (2 * noise ** 2));
  }
  const top = Math.max(...terms);
  return top + Math.log(terms.reduce((sum, term) => sum + Math.exp(term - top), 0));
}
