/**
 * Between stored values x (bytes count as value / 255) and what a model sees:
 *   standardised (x - mean) / sd,   symmetric 2x - 1 (only where x lies in [0, 1]),   stored x.
 */
import { invalid } from '@theriac/tensors';
import type { Dataset, Examples, Scaling } from './dataset';

/** Model input = (stored - shift) / spread, one entry for all features, or one per channel or feature, cyclically. */
interface Affine {
  readonly shift: Float32Array;
  readonly spread: Float32Array;
}

/**
 * Rows from .. to-1 (default all) as model input, row-major, (to - from) * features values.
 * Errors: rows outside the examples; an unknown scaling; `symmetric` for a data set without the range [0, 1].
 */
export function toModelInput(
  examples: Examples,
  dataset: Dataset,
  scaling: Scaling,
  rows: { from: number; to: number } = { from: 0, to: examples.count },
): Float32Array {
  return modelInputReader(examples, dataset, scaling).block(rows.from, rows.to);
}

/** Makes model input of a part's rows on demand, from the stored values; the part is kept, nothing else. */
export interface ModelInputReader {
  /** Rows from .. to-1, row-major, (to - from) * features values. Throws for rows outside the examples. */
  block(from: number, to: number): Float32Array;
  /** These rows, in this order. Throws for rows outside the examples. */
  gather(indices: Int32Array): Float32Array;
}

/** Reads rows of `examples` as `scaling` has them. Errors as for toModelInput. */
export function modelInputReader(
  { count, features, stored }: Examples,
  dataset: Dataset,
  scaling: Scaling,
): ModelInputReader {
  if (features !== dataset.features) throw invalid('features', features, `${dataset.features}`);
  const convert = converterOf(stored, affineOf(dataset, scaling));
  return {
    block(from, to) {
      if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to) || from < 0 || from > to || to > count)
        throw invalid('rows', { from, to }, `0 <= from <= to <= ${count}`);
      const x = new Float32Array((to - from) * features);
      convert(x, 0, from * features, x.length);
      return x;
    },
    gather(indices) {
      const x = new Float32Array(indices.length * features);
      indices.forEach((row, place) => {
        if (row < 0 || row >= count) throw invalid('rows', row, `0 to ${count - 1}`);
        convert(x, place * features, row * features, features);
      });
      return x;
    },
  };
}

/** The inverse of toModelInput: stored values (for images, intensities on the scale 0 to 1, not rounded to bytes). */
export function fromModelInput(x: Float32Array, dataset: Dataset, scaling: Scaling): Float32Array {
  const { shift, spread } = affineOf(dataset, scaling);
  const period = shift.length;
  const stored = new Float32Array(x.length);
  for (let i = 0, j = 0; i < x.length; i++) {
    stored[i] = x[i]! * spread[j]! + shift[j]!;
    if (++j === period) j = 0;
  }
  return stored;
}

function affineOf(dataset: Dataset, scaling: Scaling): Affine {
  switch (scaling) {
    case 'standardised':
      return { shift: dataset.standardisation.mean, spread: dataset.standardisation.sd };
    case 'symmetric':
      if (dataset.storedRange?.[0] !== 0 || dataset.storedRange[1] !== 1) {
        throw invalid(
          'scaling',
          scaling,
          `standardised, stored (the values of ${dataset.id} are not confined to [0, 1])`,
        );
      }
      return { shift: Float32Array.of(0.5), spread: Float32Array.of(0.5) };
    case 'stored':
      return { shift: Float32Array.of(0), spread: Float32Array.of(1) };
    default:
      throw invalid('scaling', scaling, 'standardised, symmetric, stored');
  }
}

/** Writes stored values [from, from + count) as model input into x from `at` on; `from` and `at` begin a row. */
type Convert = (x: Float32Array, at: number, from: number, count: number) => void;

function converterOf(stored: Examples['stored'], affine: Affine): Convert {
  return stored instanceof Uint8Array ? fromBytes(stored, affine) : fromFloats(stored, affine);
}

function fromBytes(stored: Uint8Array, { shift, spread }: Affine): Convert {
  const period = shift.length;
  const table = new Float32Array(256 * period);
  for (let j = 0; j < period; j++) {
    for (let value = 0; value < 256; value++) table[256 * j + value] = (value / 255 - shift[j]!) / spread[j]!;
  }
  if (period === 1)
    return (x, at, from, count) => {
      for (let i = 0; i < count; i++) x[at + i] = table[stored[from + i]!]!;
    };
  return (x, at, from, count) => {
    for (let i = 0, j = 0; i < count; i++) {
      x[at + i] = table[256 * j + stored[from + i]!]!;
      if (++j === period) j = 0;
    }
  };
}

function fromFloats(stored: Float32Array, { shift, spread }: Affine): Convert {
  const period = shift.length;
  return (x, at, from, count) => {
    for (let i = 0, j = 0; i < count; i++) {
      x[at + i] = (stored[from + i]! - shift[j]!) / spread[j]!;
      if (++j === period) j = 0;
    }
  };
}
