/**
 * The published schedule: batches b = 0, 1, ... of the clean rows in their order, never shuffled, and with each the poison
 *   S_b = [ int(b B eps_d), int((b + 1) B eps_d) ),
 * in whole numbers: eps_d = count / n, so that the last slice ends with the last row. The leader's loss is over the last
 * part of the batch (TGDA's released code; Lu, Kamath, Yu, TMLR 2022).
 */
import type { RowRange } from '@theriac/game';

/** The rows of one step. */
export interface BatchPlan {
  /** Clean rows that the follower trains on. */
  readonly clean: RowRange;
  /** Of those, the rows of the leader's loss. */
  readonly validation: RowRange;
  /** Poison rows; from = to where the fraction gives this batch none. */
  readonly poison: RowRange;
}

/** Batches of a pass over `clean` rows. */
export function batchesOf(clean: number, batch: number): number {
  return Math.ceil(clean / batch);
}

/** The rows of batch `index` of a pass; `share` of them, at least one, are the leader's. */
export function batchPlan(
  index: number,
  { clean, count, batch, share }: { clean: number; count: number; batch: number; share: number },
): BatchPlan {
  const from = index * batch;
  const to = Math.min(from + batch, clean);
  const held = Math.max(1, Math.floor(share * (to - from)));
  return {
    clean: { from, to },
    validation: { from: to - held, to },
    poison: { from: Math.floor((from * count) / clean), to: Math.floor((to * count) / clean) },
  };
}
