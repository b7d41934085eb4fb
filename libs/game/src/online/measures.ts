/**
 * What is measured of an online game, from accuracies a_t in percent scored at some ticks t, a_0 before the first:
 *
 *   collapse   the first scored tick with a_t <= kappa a_0   (kappa = 1/2 unless said otherwise; our definition)
 *   regret     sum over t = 1..T of (b_t - a_t), b of a reference trainer on the same stream, in percentage points times ticks
 *
 * Between scored ticks an accuracy is that of the next scored one.
 */
import { invalid } from '@theriac/tensors';

/** An accuracy in percent after a tick; tick 0 is the clean model. */
export interface ScoredTick {
  readonly tick: number;
  readonly accuracy: number;
}

/** The first scored tick at which accuracy is at most `kappa` times that of tick 0; null: none. */
export function ticksToCollapse(curve: readonly ScoredTick[], kappa: number): number | null {
  const first = curve[0];
  if (first === undefined) return null;
  return curve.find(({ tick, accuracy }) => tick > first.tick && accuracy <= kappa * first.accuracy)?.tick ?? null;
}

/** Summed difference to `reference`, both scored at the same ticks. Throws INVALID_ARGUMENT where they were not. */
export function regret(reference: readonly ScoredTick[], curve: readonly ScoredTick[]): number {
  let sum = 0;
  for (let k = 1; k < curve.length; k++) {
    const [before, here, there] = [curve[k - 1], curve[k], reference[k]];
    if (before === undefined || here === undefined || there?.tick !== here.tick)
      throw invalid('reference', there?.tick, `tick ${here?.tick}`, 'Score both trainers at the same ticks.');
    sum += (here.tick - before.tick) * (there.accuracy - here.accuracy);
  }
  return sum;
}

/** The ticks that are scored: every `every`-th, and the last one. */
export function isScored(tick: number, every: number, ticks: number): boolean {
  return tick % every === 0 || tick === ticks;
}
