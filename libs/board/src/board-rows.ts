/** Rows of a game in model-input space: held where that is little, else made from the stored values as they are asked for. */
import { modelInputReader } from '@theriac/datasets';
import type { Dataset, Examples, Scaling } from '@theriac/datasets';
import type { RowData } from '@theriac/game';

/** Training sets whose float32 form takes more than this, in bytes, are streamed. */
export const heldBytes = 256 * 2 ** 20;

/**
 * Reads rows of a part of `dataset` in model-input space: `rows(from, to)` are those of [from, to). All of them are held, or all
 * are streamed over the stored values, as the whole part takes at most `limit` bytes of float32, or more.
 */
export function modelRows(
  part: Examples,
  dataset: Dataset,
  scaling: Scaling,
  limit = heldBytes,
): (from: number, to: number) => RowData {
  const { count, features, labels } = part;
  const reader = modelInputReader(part, dataset, scaling);
  const held = 4 * count * features <= limit;
  return (start, end) => {
    const rows = { y: labels.subarray(start, end), count: end - start, features };
    if (held) return { ...rows, x: reader.block(start, end) };
    return {
      ...rows,
      block: (from, to) => reader.block(start + from, Math.min(end, start + to)),
      gather: (indices) => reader.gather(start === 0 ? indices : indices.map((row) => start + row)),
    };
  };
}
