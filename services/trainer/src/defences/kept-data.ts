/** Training data without the rows that were left out: a view, of which nothing is copied but what is resident. */
import type { RowData } from '@theriac/game';
import { gatheredRows, rowsBetween, selectedRows } from '@theriac/game';
import { tf } from '@theriac/tensors/engine';
import type { ResidentRows, TrainingData } from '../training/training-data';
import { blockRows } from './blocks';

/** `chi` without the rows `removed` (ascending). `held`: whether its rows are in memory. The caller disposes both. */
export function keptData(chi: TrainingData, removed: Int32Array, held: boolean): TrainingData {
  const rows = selectedRows(chi.rows, keptIndices(chi.rows.count, removed));
  const removedClean = removed.filter((row) => row < chi.clean).length;
  let placed: ResidentRows | undefined;
  return {
    ...chi,
    rows,
    clean: chi.clean - removedClean,
    added: chi.added - (removed.length - removedClean),
    resident() {
      if (!held) return undefined;
      placed ??= place(rows);
      return placed;
    },
    gather: (indices) => gatheredRows(rows, indices),
    dispose() {
      if (placed !== undefined) tf.dispose([placed.x, placed.y]);
      placed = undefined;
    },
  };
}

/** 0 .. count - 1 without `removed` (ascending), ascending. */
export function keptIndices(count: number, removed: Int32Array): Int32Array {
  const kept = new Int32Array(count - removed.length);
  let next = 0;
  for (let row = 0, k = 0; row < count; row++) {
    if (removed[k] === row) k += 1;
    else kept[next++] = row;
  }
  return kept;
}

function place(rows: RowData): ResidentRows {
  return tf.tidy(() => {
    const size = blockRows(rows.features);
    const blocks: tf.Tensor2D[] = [];
    for (let from = 0; from < rows.count; from += size) {
      const { x, count } = rowsBetween(rows, from, Math.min(from + size, rows.count));
      blocks.push(tf.tensor2d(x, [count, rows.features]));
    }
    return {
      x: blocks.length === 1 ? blocks[0]! : tf.concat(blocks, 0),
      y: tf.tensor1d(Int32Array.from(rows.y), 'int32'),
    };
  });
}
