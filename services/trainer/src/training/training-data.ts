import type { RowData, Rows } from '@theriac/game';
import { gatheredRows, isHeld, joinedRows } from '@theriac/game';
import { tf } from '@theriac/tensors/engine';
import type { ImageRows } from './crop-and-flip';

/** All rows as tensors, from which batches are gathered within a graph. */
export interface ResidentRows {
  /** [n + m, features]. */
  readonly x: tf.Tensor2D;
  /** [n + m] int32. */
  readonly y: tf.Tensor1D;
}

/** The mixture chi: clean rows first, then the others. Nothing is copied but what is resident. */
export interface TrainingData {
  readonly rows: RowData;
  readonly clean: number;
  readonly added: number;
  /** What an image looks like; undefined where rows are no images. */
  readonly image: ImageRows | undefined;
  /** All rows as tensors, placed when first asked for; undefined where they are streamed. They stay until `dispose`. */
  resident(): ResidentRows | undefined;
  /** The rows with these indices, copied. */
  gather(indices: Int32Array): Rows;
  dispose(): void;
}

/** mu and, where there are any, nu. The caller disposes. */
export function trainingData(mu: RowData, nu: Rows | undefined, image?: ImageRows): TrainingData {
  const added = nu?.count ?? 0;
  const rows = nu === undefined || added === 0 ? mu : joinedRows(mu, nu);
  let placed: ResidentRows | undefined;
  return {
    rows,
    clean: mu.count,
    added,
    image,
    resident() {
      if (!isHeld(mu)) return undefined;
      placed ??= place(nu === undefined || added === 0 ? [mu] : [mu, nu]);
      return placed;
    },
    gather: (indices) => gatheredRows(rows, indices),
    dispose() {
      if (placed !== undefined) tf.dispose([placed.x, placed.y]);
      placed = undefined;
    },
  };
}

function place(parts: readonly Rows[]): ResidentRows {
  return tf.tidy(() => ({
    x: joined<tf.Tensor2D>(parts.map(({ x, count, features }) => tf.tensor2d(x, [count, features]))),
    y: joined<tf.Tensor1D>(parts.map(({ y }) => tf.tensor1d(Int32Array.from(y), 'int32'))),
  }));
}

function joined<T extends tf.Tensor>(parts: T[]): T {
  return parts.length === 1 ? (parts[0] as T) : tf.concat<T>(parts, 0);
}
