/** Poison as it arrives, in stored units, checked and taken to model-input space. */
import { fromModelInput, toModelInput } from '@theriac/datasets';
import type { Rows } from '@theriac/game';
import { invalid } from '@theriac/tensors';
import type { Board } from './board';

/** Poison rows in stored units: x [m * features] and labels y [m]. */
export interface StoredRows {
  readonly x: Float32Array;
  readonly y: Int32Array;
}

/**
 * nu in model-input space. Throws INVALID_ARGUMENT naming `poison.x` or `poison.y` when lengths do not match the game, a
 * value is not finite or a label is no class.
 */
export function poisonRows(board: Board, poison: StoredRows): Rows {
  const { features, classes } = board.dataset;
  const count = poison.y.length;
  if (poison.x.length !== count * features)
    throw invalid(
      'poison.x',
      `${poison.x.length} values`,
      `${count} rows x ${features} features = ${count * features} values`,
      'Send one row of features per label.',
    );
  const label = poison.y.find((y) => y < 0 || y >= classes);
  if (label !== undefined) throw invalid('poison.y', label, `class indices 0 to ${classes - 1}`, 'Correct the label.');
  const bad = poison.x.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0)
    throw invalid(
      'poison.x',
      `${poison.x[bad]} in row ${Math.floor(bad / features)}`,
      'finite values',
      'Remove the row or craft it again.',
    );
  const x = toModelInput(
    { count, features, stored: poison.x, labels: new Uint8Array(0) },
    board.dataset,
    board.scaling,
  );
  return { x, y: poison.y, count, features };
}

/** Model-input values in stored units, for export. */
export function storedValues(board: Board, x: Float32Array): Float32Array {
  return fromModelInput(x, board.dataset, board.scaling);
}

/** Clean row `row` in stored units, exactly as the data set holds it. */
export function storedRow(board: Board, row: number): Float32Array {
  return toModelInput(board.dataset.train, board.dataset, 'stored', { from: row, to: row + 1 });
}
