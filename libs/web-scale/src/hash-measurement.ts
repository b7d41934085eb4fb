/**
 * How well a perceptual hash tells benign changes from poison, measured on real images: the share of re-encoded and resized images
 * that pass at a tolerance, and the share of poison that passes, for three attackers:
 *   blind      puts another image, of another class, in the place of a row
 *   searching  puts there, of all images of other classes it has, the one with the nearest hash
 *   bounded    changes every stored pixel by plus or minus 8, a corner of the l_inf ball of 8/255
 */
import { randomStream } from '@theriac/tensors';
import type { RandomStream } from '@theriac/tensors';
import { hashBits, hashDistance } from './image-hash';
import type { ImageHashName } from './image-hash';
import { benignlyChanged, benignViews, encoded, exactHash, perceptualHash } from './image-views';
import type { BenignView, Picture } from './image-views';

export const poisoners = ['blind', 'searching', 'bounded'] as const;
export type Poisoner = (typeof poisoners)[number];

/** Counts of distances 0..64: histogram[t] images lie t bits away. */
type Histogram = readonly number[];

export interface HashMeasurement {
  readonly hash: ImageHashName;
  readonly images: number;
  readonly benign: Readonly<Record<BenignView, Histogram>>;
  readonly poison: Readonly<Record<Poisoner, Histogram>>;
  /** Share of benign changes after which the exact hash still agrees. */
  readonly exactPass: number;
}

const bound = 8;

/** Measures a hash on labelled pictures; poison is drawn from the stream. */
export async function measureHash(
  hash: ImageHashName,
  pictures: readonly Picture[],
  labels: ArrayLike<number>,
  random: RandomStream = randomStream(0, 'hash measurement'),
): Promise<HashMeasurement> {
  const views = Object.keys(benignViews) as BenignView[];
  const files = await Promise.all(pictures.map(encoded));
  const originals = await Promise.all(files.map((file) => perceptualHash(hash, file)));
  const benign = Object.fromEntries(views.map((view) => [view, empty()])) as Record<BenignView, number[]>;
  let unchanged = 0;
  for (const [at, picture] of pictures.entries())
    for (const view of views) {
      const file = await benignlyChanged(picture, view);
      if (exactHash(file) === exactHash(files[at]!)) unchanged++;
      benign[view][hashDistance(originals[at]!, await perceptualHash(hash, file))]!++;
    }
  const poison = { blind: empty(), searching: empty(), bounded: empty() };
  for (const [at, picture] of pictures.entries()) {
    const others = originals.filter((_, other) => labels[other] !== labels[at]);
    if (others.length > 0) {
      const distances = others.map((other) => hashDistance(originals[at]!, other));
      poison.blind[distances[random.integer(others.length)]!]!++;
      poison.searching[Math.min(...distances)]!++;
    }
    const noisy = await perceptualHash(hash, await encoded(withinBound(picture, random)));
    poison.bounded[hashDistance(originals[at]!, noisy)]!++;
  }
  const changes = pictures.length * views.length;
  return { hash, images: pictures.length, benign, poison, exactPass: changes === 0 ? 0 : unchanged / changes };
}

/** Rates at a tolerance in bits: rho, the mean over benign views, and beta of every poisoner. */
export function ratesAt({ benign, poison }: HashMeasurement, tolerance: number) {
  const views = Object.values(benign).map((histogram) => passing(histogram, tolerance));
  const bypass = Object.fromEntries(poisoners.map((one) => [one, passing(poison[one], tolerance)]));
  return {
    tolerance,
    benignPass: views.reduce((sum, rate) => sum + rate, 0) / views.length,
    bypass: bypass as Record<Poisoner, number>,
  };
}

/** The share of a histogram at or below a distance; 0 of an empty one. */
export function passing(histogram: Histogram, tolerance: number): number {
  const all = histogram.reduce((sum, count) => sum + count, 0);
  return all === 0 ? 0 : histogram.slice(0, tolerance + 1).reduce((sum, count) => sum + count, 0) / all;
}

const empty = (): number[] => new Array<number>(hashBits + 1).fill(0);

function withinBound(picture: Picture, random: RandomStream): Picture {
  const pixels = picture.pixels.map((value) => {
    const moved = random.integer(2) === 0 ? value - bound : value + bound;
    return Math.max(0, Math.min(255, moved));
  });
  return { ...picture, pixels };
}
