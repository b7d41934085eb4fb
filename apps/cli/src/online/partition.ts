/**
 * Which training rows are whose: the clean model's first, then those the trainer trusts, then the stream, and at the end mu~,
 * the attacker's own. Nothing is used twice.
 */
import { poisonPerTick } from '@theriac/game/online';
import type { RowRange } from '@theriac/game';
import { randomStream, invalid } from '@theriac/tensors';
import type { OnlineSettings } from './online-settings';

export interface Partition {
  readonly pretrain: RowRange;
  readonly trusted: RowRange;
  readonly stream: RowRange;
  readonly validation: RowRange;
}

/** Honest rows of a tick: those that the attacker's usual share leaves. */
export function honestPerTick({ perTick }: Pick<OnlineSettings, 'perTick'>, share: number): number {
  return perTick - poisonPerTick(share, perTick);
}

/** The parts of `count` training rows. Throws INVALID_ARGUMENT where they are too few for the ticks. */
export function partitionOf(
  count: number,
  validation: number,
  settings: Pick<OnlineSettings, 'pretrain' | 'trusted' | 'ticks' | 'perTick'>,
  share: number,
): Partition {
  const { pretrain, trusted, ticks } = settings;
  const needed = ticks * honestPerTick(settings, share);
  const [first, last] = [pretrain + trusted, count - validation];
  if (last - first < needed)
    throw invalid(
      '--ticks',
      ticks,
      `at most ${Math.max(0, Math.floor((last - first) / Math.max(1, honestPerTick(settings, share))))}`,
      `Of ${count} rows ${pretrain} train the clean model, ${trusted} are trusted, ${validation} the attacker's; ${needed} are needed for the ticks.`,
    );
  return {
    pretrain: { from: 0, to: pretrain },
    trusted: { from: pretrain, to: first },
    stream: { from: first, to: last },
    validation: { from: last, to: count },
  };
}

/** Training rows that honest users send in a tick (1, 2, ...): the next of a seeded order of the stream. */
export function honestRows({ stream }: Partition, seed: number, tick: number, perTick: number): Int32Array {
  const order = randomStream(seed, 'stream').permutation(stream.to - stream.from);
  return order.slice((tick - 1) * perTick, tick * perTick).map((row) => stream.from + row);
}
