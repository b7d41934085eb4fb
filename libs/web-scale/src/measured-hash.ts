/**
 * What perceptual hashes let pass at tolerances of 0..24 bits, measured once: the first 1000 training images of CIFAR-10, of six
 * benign changes each (JPEG 90, 75, 50, WebP 75, twice and half the size), and of three poisoners (hash-measurement.ts), with
 * sharp 0.35.5 and the stream (0, "hash measurement"). Counts out of 6000 and out of 1000.
 */
import { invalid } from '@theriac/tensors';
import type { Poisoner } from './hash-measurement';
import type { ImageHashName } from './image-hash';

const changes = 6000;
const images = 1000;

const counts: Readonly<Record<ImageHashName, Readonly<Record<'benign' | Poisoner, readonly number[]>>>> = {
  difference: {
    benign: [
      653, 1728, 2836, 3807, 4532, 5021, 5370, 5573, 5722, 5824, 5904, 5941, 5965, 5977, 5985, 5992, 5995, 5998, 5999,
      5999, 5999, 5999, 5999, 6000, 6000,
    ],
    blind: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 4, 5, 8, 12, 29, 41],
    searching: [0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 7, 19, 38, 68, 123, 246, 424, 647, 850, 959, 996, 1000, 1000, 1000],
    bounded: [
      132, 350, 569, 726, 826, 893, 932, 950, 971, 977, 982, 986, 991, 994, 997, 998, 1000, 1000, 1000, 1000, 1000,
      1000, 1000, 1000, 1000,
    ],
  },
  average: {
    benign: [
      2748, 4403, 5280, 5682, 5855, 5935, 5973, 5991, 5997, 5998, 5999, 6000, 6000, 6000, 6000, 6000, 6000, 6000, 6000,
      6000, 6000, 6000, 6000, 6000, 6000,
    ],
    blind: [0, 0, 0, 0, 1, 1, 2, 3, 3, 4, 6, 6, 6, 10, 16, 19, 25, 33, 44, 60, 75, 97, 128, 156, 188],
    searching: [
      2, 8, 20, 32, 50, 86, 131, 195, 262, 310, 410, 512, 613, 700, 794, 855, 924, 973, 986, 995, 997, 1000, 1000, 1000,
      1000,
    ],
    bounded: [
      538, 826, 947, 985, 996, 998, 999, 999, 999, 999, 999, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000,
      1000, 1000, 1000, 1000,
    ],
  },
};

export interface HashRow {
  /** rho: the share of benign changes that pass. */
  readonly benignPass: number;
  /** beta of each poisoner. */
  readonly bypass: Readonly<Record<Poisoner, number>>;
}

/** The measured rates of a hash at a tolerance of 0..24 bits. Throws INVALID_ARGUMENT for another tolerance. */
export function measuredRates(hash: ImageHashName, tolerance: number): HashRow {
  const { benign, blind, searching, bounded } = counts[hash];
  const at = (list: readonly number[]): number => list[tolerance] ?? Number.NaN;
  if (!Number.isInteger(tolerance) || benign[tolerance] === undefined)
    throw invalid('tolerance', tolerance, `a whole number of bits from 0 to ${benign.length - 1}`);
  return {
    benignPass: at(benign) / changes,
    bypass: { blind: at(blind) / images, searching: at(searching) / images, bounded: at(bounded) / images },
  };
}
