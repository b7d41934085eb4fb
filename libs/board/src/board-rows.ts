/** A board's rows: held where that is little, else made from the stored values as they are asked for. */
import { modelInputReader } from '@theriac/datasets';
import type { Dataset, Scaling } from '@theriac/datasets';
import type { RowData } from '@theriac/game';

/** Training sets whose float32 form takes more than this, in bytes, are streamed. */
export const heldBytes = 256 * 2 ** 20;

/**
 * Reads the training rows of `dataset` in model-input space: `rows(from, to)` are those of [from, to). All parts are held, or all
 * are streamed over the stored values, as the whole training set is at most `limit` bytes of float32 or more.
 */
export function boardRows(
  dataset: Dataset,
  scaling: Scaling,
  limit = heldBytes,
): (from: number, to: number) => RowData {
  const { train, features } = dataset;
  const reader = modelInputReader(train, dataset, scaling);
  const held = 4 * train.count * features <= limit;
  return (start, end) => {
    const part = { y: train.labels.subarray(start, end), count: end - start, features };
    if (held) return { ...part, x: reader.block(start, end) };
    return {
      ...part,
      block: (from, to) => reader.block(start + from, Math.min(end, start + to)),
      gather: (indices) => reader.gather(start === 0 ? indices : indices.map((row) => start + row)),
    };
  };
}
