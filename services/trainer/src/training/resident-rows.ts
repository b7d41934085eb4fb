import type { Rows } from '@theriac/game';
import { concatenateRows } from '@theriac/game';
import { tf } from '@theriac/tensors/engine';

/** The mixture chi as tensors that stay while several trainings use them. */
export interface ResidentRows {
  /** Clean rows first, then the others. */
  readonly rows: Rows;
  /** [n + m, features]. */
  readonly x: tf.Tensor2D;
  /** [n + m] int32. */
  readonly y: tf.Tensor1D;
  readonly clean: number;
  readonly added: number;
  dispose(): void;
}

/** Places mu and nu. The caller disposes. */
export function residentRows(mu: Rows, nu: Rows | undefined): ResidentRows {
  const rows = nu === undefined || nu.count === 0 ? mu : concatenateRows(mu, nu);
  const x = tf.tensor2d(rows.x, [rows.count, rows.features]);
  const y = tf.tensor1d(Int32Array.from(rows.y), 'int32');
  return {
    rows,
    x,
    y,
    clean: mu.count,
    added: rows.count - mu.count,
    dispose: () => tf.dispose([x, y]),
  };
}
