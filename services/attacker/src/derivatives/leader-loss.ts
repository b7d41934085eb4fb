/**
 * The leader's loss L(mu~; w) = mean cross-entropy over rows that are not the test split: the game's validation rows, or,
 * where it has none, the last training rows (as the released code of TGDA does with the last 30% of each batch).
 */
import type { CraftGame, OptionSpec } from '@theriac/game';
import { rowsBetween } from '@theriac/game';
import type { Slope } from './unrolled-descent';

/** The option that `leaderLoss` reads. */
export const validationShareOption: OptionSpec = {
  name: 'validationShare',
  type: 'number',
  description: 'in a game without validation rows: the share of the training rows, the last ones, that L is taken over',
  minimum: 0.001,
  maximum: 1,
  default: 0.15,
};

/** The option that bounds the rows of L. */
export const validationRowsOption: OptionSpec = {
  name: 'validationRows',
  type: 'integer',
  description: 'most rows that L is taken over; 0: all of them',
  unit: 'rows',
  minimum: 0,
  maximum: 10_000_000,
  default: 10_000,
};

/** L and dL/dw at w. */
export function leaderLoss(
  { validation, clean, follower, oracles }: CraftGame,
  { share, most }: { readonly share: number; readonly most: number },
): (w: Float32Array) => Promise<Slope> {
  const kept = (rows: number): number => (most === 0 ? rows : Math.min(rows, most));
  if (validation.count > 0) {
    const rows = rowsBetween(validation, 0, kept(validation.count));
    return async (w) => oracles.gradient(w, rows);
  }
  const rows = kept(Math.max(1, Math.round(share * clean.count)));
  return (w) => follower.gradient(w, { clean: { from: clean.count - rows, to: clean.count }, nu: undefined });
}
