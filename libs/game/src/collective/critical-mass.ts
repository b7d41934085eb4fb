/**
 * Critical mass alpha* = the least alpha with S(alpha) >= S*, in members of n rows, by bisection: S is taken to be monotone in
 * alpha, as theory has it. First the size is doubled until it suffices, then the interval is halved down to `resolution` members.
 * Source: Hardt, Mazumdar, Mendler-Duenner, Zrnic (ICML 2023).
 */
import { invalid } from '@theriac/tensors';

export interface CriticalMassSearch {
  /** Members tried first, >= 1. */
  readonly from: number;
  /** Most members that may be tried, <= n. */
  readonly most: number;
  /** The search ends when the interval is at most this many members, >= 1. */
  readonly resolution: number;
}

/** The least number of members seen to suffice, and the largest seen not to (0: none was tried). */
export interface CriticalMass {
  /** undefined: not even `most` sufficed. */
  readonly members: number | undefined;
  readonly below: number;
}

/** Asks `suffices` of one size after another; sizes come as yielded values, answers go in. Throws INVALID_ARGUMENT. */
export function* searchCriticalMass({
  from,
  most,
  resolution,
}: CriticalMassSearch): Generator<number, CriticalMass, boolean> {
  if (!(from >= 1 && from <= most))
    throw invalid('from', from, `1 to ${most} members`, 'Begin with fewer, or allow more.');
  if (!(resolution >= 1)) throw invalid('resolution', resolution, 'at least 1 member', 'Choose a larger one.');
  let below = 0;
  let enough = from;
  while (!(yield enough)) {
    if (enough === most) return { members: undefined, below: most };
    below = enough;
    enough = Math.min(most, 2 * enough);
  }
  while (enough - below > resolution) {
    const middle = Math.floor((below + enough) / 2);
    if (middle === 0) break;
    if (yield middle) enough = middle;
    else below = middle;
  }
  return { members: enough, below };
}
