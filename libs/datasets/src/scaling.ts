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
  const { from, to } = rows;
  if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to) || from < 0 || from > to || to > examples.count) {
    throw invalid('rows', rows, `0 <= from <= to <= ${examples.count}`);
  }
  if (examples.features !== dataset.features) throw invalid('features', examples.features, `${dataset.features}`);
  const affine = affineOf(dataset, scaling);
  const stored = examples.stored.subarray(from * examples.features, to * examples.features);
  return stored instanceof Uint8Array ? fromBytes(stored, affine) : fromFloats(stored, affine);
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

function fromBytes(stored: Uint8Array, { shift, spread }: Affine): Float32Array {
  const period = shift.length;
  const table = new Float32Array(256 * period);
  for (let j = 0; j < period; j++) {
    for (let value = 0; value < 256; value++) table[256 * j + value] = (value / 255 - shift[j]!) / spread[j]!;
  }
  const x = new Float32Array(stored.length);
  if (period === 1) {
    for (let i = 0; i < x.length; i++) x[i] = table[stored[i]!]!;
    return x;
  }
  for (let i = 0, j = 0; i < x.length; i++) {
    x[i] = table[256 * j + stored[i]!]!;
    if (++j === period) j = 0;
  }
  return x;
}

function fromFloats(stored: Float32Array, { shift, spread }: Affine): Float32Array {
  const period = shift.length;
  const x = new Float32Array(stored.length);
  for (let i = 0, j = 0; i < x.length; i++) {
    x[i] = (stored[i]! - shift[j]!) / spread[j]!;
    if (++j === period) j = 0;
  }
  return x;
}
