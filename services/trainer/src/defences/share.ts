/** How much a sanitiser leaves out: of each class y the floor(share * n_y) rows with the highest scores. */
import type { OptionSpec, OptionValues } from '@theriac/game';
import { numberOption } from '@theriac/game';
import { TheriacError } from '@theriac/tensors';

/** 5% of each class, as published. */
export const shareOption: OptionSpec = {
  name: 'share',
  type: 'number',
  description: 'Share of each class that is left out, rounded down to whole rows.',
  minimum: 0,
  maximum: 1,
  default: 0.05,
};

/** Rows whose products overflow cannot be judged. */
export function tooLarge(found: string): TheriacError {
  return new TheriacError('A row is too large for the defence to judge in 32-bit floats.', {
    code: 'FAILED_PRECONDITION',
    field: 'defence',
    found,
    allowed: 'finite scores',
    remedy: 'Constrain the poison, for example to the box, or choose another defence.',
  });
}

/**
 * The floor(share * n_y) rows of each class with the highest scores, as ascending indices; of equal scores the first in the order
 * of the rows, which is a drawn one. Throws FAILED_PRECONDITION where a score is not finite.
 */
export function highestOfEachClass(
  scores: Float64Array,
  labels: ArrayLike<number>,
  classes: number,
  options: OptionValues,
): Int32Array {
  const share = numberOption(options, 'share');
  const bad = scores.findIndex((score) => !Number.isFinite(score));
  if (bad >= 0) throw tooLarge(`score ${scores[bad]}`);
  const members = Array.from({ length: classes }, (): number[] => []);
  for (let row = 0; row < scores.length; row++) members[labels[row]!]!.push(row);
  const removed = members.flatMap((rows) =>
    // Rounding of a product such as 0.07 * 100 must not cost a row.
    rows.sort((a, b) => scores[b]! - scores[a]! || a - b).slice(0, Math.floor(share * rows.length + 1e-9)),
  );
  return Int32Array.from(removed).sort();
}
