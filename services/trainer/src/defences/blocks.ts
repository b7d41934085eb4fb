/** Passes over rows, block by block, with a chance to be cancelled between blocks. */
import type { RowData, Rows, SanitiserGame } from '@theriac/game';
import { rowsBetween } from '@theriac/game';

/** Values of a block, 8 MiB of float32: a block takes a fraction of a second. */
const blockValues = 1 << 21;

/** Rows of a block. */
export function blockRows(features: number): number {
  return Math.max(1, Math.floor(blockValues / features));
}

/** Calls `take` with every block of `rows` and the index of its first row. */
export async function forEachBlock(
  { pause }: Pick<SanitiserGame, 'pause'>,
  rows: RowData,
  take: (block: Rows, from: number) => void | Promise<void>,
  size = blockRows(rows.features),
): Promise<void> {
  for (let from = 0; from < rows.count; from += size) {
    await take(rowsBetween(rows, from, Math.min(from + size, rows.count)), from);
    await pause();
  }
}

/** Calls `take` with every row's values and its index. */
export function forEachRow(
  game: Pick<SanitiserGame, 'pause'>,
  rows: RowData,
  take: (x: Float32Array, row: number) => void,
): Promise<void> {
  const { features } = rows;
  return forEachBlock(game, rows, ({ x, count }, from) => {
    for (let j = 0; j < count; j++) take(x.subarray(j * features, (j + 1) * features), from + j);
  });
}

/** ||a - b||. */
export function distanceOf(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += (a[k]! - b[k]!) ** 2;
  return Math.sqrt(sum);
}
