/** The mixture chi that a defender trains on: mu and nu side by side, or mu with nu in the place of some of its rows. */
import { replacedRows } from '@theriac/game';
import type { Placement, RowData, Rows } from '@theriac/game';
import { invalid } from '@theriac/tensors';
import type { Board } from './board';
import { poisonRows } from './poison-rows';
import type { StoredRows } from './poison-rows';

/** Poison in stored units, and where it goes. */
export interface PlacedRows extends StoredRows {
  /** [m], the row of mu that each row started from. */
  readonly base?: Int32Array | undefined;
  /** Default: added. */
  readonly placement?: Placement;
}

/** chi in model-input space: the rows of `mu`, then those of `nu` where there are any. */
export interface Mixture {
  /** mu; where the poison replaces, mu with nu in it. */
  readonly mu: RowData;
  /** The rows that were added. */
  readonly nu: Rows | undefined;
}

/** chi of a game and its poison. Throws INVALID_ARGUMENT for rows that do not fit the game or the place they name. */
export function mixtureOf(board: Board, poison: PlacedRows | undefined): Mixture {
  if (poison === undefined) return { mu: board.clean, nu: undefined };
  const nu = poisonRows(board, poison);
  if (poison.placement !== 'replaced') return { mu: board.clean, nu };
  return { mu: replacedRows(board.clean, nu, requireBase(board, poison)), nu: undefined };
}

/** The base rows of poison that replaces: one for each of its rows, distinct, within mu. Throws INVALID_ARGUMENT. */
export function requireBase({ clean }: Pick<Board, 'clean'>, { base, y }: PlacedRows): Int32Array {
  const allowed = `${y.length} distinct training rows from 0 to ${clean.count - 1}`;
  if (base === undefined || base.length !== y.length)
    throw invalid(
      'poison.base',
      base === undefined ? 'nothing' : `${base.length} rows`,
      allowed,
      'Name the row whose place each poison row takes.',
    );
  const taken = new Set<number>();
  for (const [j, row] of base.entries()) {
    if (row < 0 || row >= clean.count || taken.has(row))
      throw invalid(
        'poison.base',
        `${row} in row ${j}${taken.has(row) ? ', again' : ''}`,
        allowed,
        'Name each row once.',
      );
    taken.add(row);
  }
  return base;
}
