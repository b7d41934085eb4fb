/**
 * What a consumer of an index can do about split views, and what it costs. Of a view (poison, dead, drifted, intact),
 *   none             keeps  poison + drifted + intact
 *   exact-hash       keeps  intact: whatever does not hash to what the curator wrote down is thrown away
 *   perceptual-hash  keeps  beta poison + rho drifted + intact: near misses pass, and so does a share beta of poison
 *   mirror           keeps  everything as at curation: the curator stores the bytes, and there is one view only
 * Sources: Carlini et al. (S&P 2024), section on defences; img2dataset's verification of hashes (pull request 258).
 */
import type { View } from './split-view';

export const downloadProtections = ['none', 'exact-hash', 'perceptual-hash', 'mirror'] as const;
export type DownloadProtection = (typeof downloadProtections)[number];

/** How a perceptual hash treats rows whose bytes differ. */
export interface HashRates {
  /** beta: the share of poison that passes. */
  readonly bypass: number;
  /** rho: the share of benign changes that pass. */
  readonly benignPass: number;
}

/** What a consumer trains on; shares of all rows of the index. */
export interface Download {
  readonly poison: number;
  readonly kept: number;
  /** Poison among what is kept. */
  readonly poisonShare: number;
  /** eps_d: poison rows per clean row. */
  readonly epsilonD: number;
  /** Benign rows that answered and were thrown away, among all benign rows that answered. */
  readonly benignLoss: number;
}

/** Downloads a view under a protection. */
export function download(view: View, protection: DownloadProtection, rates: HashRates): Download {
  const { bypass, benignPass } = rates;
  const answered = view.drifted + view.intact;
  const kinds: Readonly<Record<DownloadProtection, readonly [poison: number, clean: number, answered: number]>> = {
    none: [view.poison, answered, answered],
    'exact-hash': [0, view.intact, answered],
    'perceptual-hash': [bypass * view.poison, benignPass * view.drifted + view.intact, answered],
    // The bytes of every row were stored when it was curated, those of expired domains too.
    mirror: [0, 1, 1],
  };
  const [poison, clean, benign] = kinds[protection];
  return {
    poison,
    kept: poison + clean,
    poisonShare: ratio(poison, poison + clean),
    epsilonD: ratio(poison, clean),
    benignLoss: ratio(benign - clean, benign),
  };
}

/** Rows that answer with other bytes than at curation, among those that answer: what an exact hash would find. */
export function mismatchRate({ poison, drifted, intact }: View): number {
  return ratio(poison + drifted, poison + drifted + intact);
}

const ratio = (part: number, whole: number): number => (whole <= 0 ? 0 : part / whole);
