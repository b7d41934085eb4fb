/**
 * How an index's rows lie on its domains: the domain of rank r holds a share
 *   z(r) = r^-s / H(D, s),   H(D, s) = sum over r = 1..D of r^-s,
 * of all rows (Zipf's law; s = 1 is the usual reading for the web: Adamic and Huberman, "Zipf's law and the Internet",
 * Glottometrics 3, 2002). Beyond the first ranks H is summed by Euler and Maclaurin.
 */
import { invalid } from '@theriac/tensors';

export interface ZipfLaw {
  readonly domains: number;
  /** z(r), the share of all rows on the domain of rank r = 1..D. */
  share(rank: number): number;
  /** The share of all rows on the domains of rank 1..r; 0 for r = 0. */
  shareUpTo(rank: number): number;
  /** The rank below which a share u in [0, 1) of all rows lies: a row's domain, for u uniform. */
  rankAt(u: number): number;
}

const direct = 1000;

/** The law of D domains, exponent s. Throws INVALID_ARGUMENT for D outside 1..2^53 - 1 or s outside [0, 5]. */
export function zipfLaw(domains: number, exponent: number): ZipfLaw {
  if (!Number.isSafeInteger(domains) || domains < 1) throw invalid('domains', domains, 'a whole number of at least 1');
  if (!(exponent >= 0 && exponent <= 5)) throw invalid('exponent', exponent, 'a number from 0 to 5');
  const head = new Float64Array(Math.min(domains, direct) + 1);
  for (let rank = 1; rank < head.length; rank++) head[rank] = head[rank - 1]! + rank ** -exponent;
  const upTo = (rank: number): number =>
    rank < head.length ? head[rank]! : head[direct]! + tailSum(direct, rank, exponent);
  const whole = upTo(domains);
  return {
    domains,
    share: (rank) => rank ** -exponent / whole,
    shareUpTo: (rank) => upTo(Math.min(rank, domains)) / whole,
    rankAt(u) {
      let [low, high] = [1, domains];
      while (low < high) {
        const middle = Math.floor((low + high) / 2);
        if (upTo(middle) > u * whole) high = middle;
        else low = middle + 1;
      }
      return low;
    },
  };
}

/** sum over r = from + 1 .. to of r^-s, by Euler and Maclaurin to the first derivative. */
function tailSum(from: number, to: number, s: number): number {
  const integral = s === 1 ? Math.log(to / from) : (to ** (1 - s) - from ** (1 - s)) / (1 - s);
  const slope = (r: number): number => -s * r ** (-s - 1);
  return integral + (to ** -s - from ** -s) / 2 + (slope(to) - slope(from)) / 12;
}
