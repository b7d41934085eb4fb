/**
 * How long an edit stands before it is reverted, in minutes. S(t) is the share that still stands after t:
 *   heavy-tailed (Lomax)  S(t) = (1 + t / b)^-a,   b = median / (2^(1/a) - 1)
 *   exponential           S(t) = 2^(-t / median)
 * That most vandalism goes within minutes and some stays for long is known (Kittur et al. 2007; Priedhorsky et al., "Creating,
 * Destroying, and Restoring Value in Wikipedia", GROUP 2007); the law and its numbers are our reading.
 */
import { invalid } from '@theriac/tensors';
import type { RandomStream } from '@theriac/tensors';

export const revertLaws = ['heavy-tailed', 'exponential'] as const;
export type RevertLawName = (typeof revertLaws)[number];

export interface RevertLaw {
  /** S(t), the probability that an edit stands after t >= 0 minutes. */
  survival(minutes: number): number;
  /** Minutes until the revert. */
  draw(random: RandomStream): number;
}

/** The law with this median (minutes, above 0); `tail` is a > 0, for heavy-tailed only. */
export function revertLaw(name: RevertLawName, median: number, tail: number): RevertLaw {
  if (!(median > 0 && Number.isFinite(median))) throw invalid('median', median, 'a finite number above 0');
  if (name === 'exponential') {
    return {
      survival: (minutes) => 2 ** (-minutes / median),
      draw: (random) => -median * Math.log2(1 - random.uniform()),
    };
  }
  if (!(tail > 0 && Number.isFinite(tail))) throw invalid('tail', tail, 'a finite number above 0');
  const scale = median / (2 ** (1 / tail) - 1);
  return {
    survival: (minutes) => (1 + minutes / scale) ** -tail,
    draw: (random) => scale * ((1 - random.uniform()) ** (-1 / tail) - 1),
  };
}
