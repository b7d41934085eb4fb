/** Which rows of a session a mean is taken over: a distribution, and of each of its parts all rows or some. */
import type { Batch, RowRange } from '@theriac/game';
import { rowsBetween } from '@theriac/game';
import { invalid, TheriacError } from '@theriac/tensors';
import type { RowSelection } from './methods';
import type { Session } from './sessions';

/**
 * The batch that `selection` names. Throws FAILED_PRECONDITION when the session has no poison, INVALID_ARGUMENT naming
 * clean_rows or poison_rows for a range that its rows do not have.
 */
export function batchOf({ board, poison }: Session, { of, cleanRows, poisonRows }: RowSelection): Batch {
  if (of === 'poison' && cleanRows !== undefined) throw misplaced('clean_rows', cleanRows, of);
  if (of === 'clean' && poisonRows !== undefined) throw misplaced('poison_rows', poisonRows, of);
  const clean = of === 'poison' ? undefined : rangeWithin(cleanRows, board.clean.count, 'clean_rows');
  if (of === 'clean') return { clean, nu: undefined };
  if (poison === undefined || poison.nu.count === 0)
    throw new TheriacError('The session has no poison.', {
      code: 'FAILED_PRECONDITION',
      field: 'distribution',
      found: of,
      allowed: 'clean',
      remedy: 'Open the session with poison, or call UpdatePoison first.',
    });
  const { nu, chi } = poison;
  if (of === 'mixture' && chi !== undefined) {
    if (poisonRows !== undefined) throw misplaced('poison_rows', poisonRows, 'a mixture of replaced rows');
    const { from, to } = rangeWithin(cleanRows, chi.count, 'clean_rows');
    return { clean: undefined, nu: rowsBetween(chi, from, to) };
  }
  const { from, to } = rangeWithin(poisonRows, nu.count, 'poison_rows');
  return { clean, nu: to - from === nu.count ? nu : rowsBetween(nu, from, to) };
}

function rangeWithin(range: RowRange | undefined, count: number, field: string): RowRange {
  if (range === undefined) return { from: 0, to: count };
  const { from, to } = range;
  if (!(Number.isSafeInteger(from) && Number.isSafeInteger(to) && 0 <= from && from < to && to <= count))
    throw invalid(field, text(range), `0 <= from < to <= ${count}`, 'Leave the field out for all rows.');
  return { from, to };
}

function misplaced(field: string, range: RowRange, of: string): TheriacError {
  return invalid(field, text(range), `nothing, as the distribution is ${of}`, 'Leave it out, or ask for the mixture.');
}

const text = ({ from, to }: RowRange): string => `[${from}, ${to})`;
