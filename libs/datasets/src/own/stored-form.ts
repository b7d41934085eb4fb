/** What an array of rows means: uint8 are pixel bytes; floats with two or more axes a row are images within [0, 1]; else a table. */
import type { NpyArray } from './npy';
import { unusable } from './unusable';

export interface StoredForm {
  readonly count: number;
  readonly features: number;
  /** Of one row: [height, width, channels] or [features]. */
  readonly shape: readonly number[];
  readonly stored: Uint8Array | Float32Array;
  readonly storedRange: readonly [number, number] | null;
}

/** The rows of an array; refuses other shapes, values that are not finite, and float images outside [0, 1]. */
export function storedForm({ shape: whole, values, dtype }: NpyArray, name: string): StoredForm {
  const [count = 0, ...axes] = whole;
  const shape = axes.length === 2 ? [...axes, 1] : axes;
  const image = shape.length === 3;
  const features = shape.reduce((product, length) => product * length, 1);
  if ((shape.length !== 1 && !image) || features === 0 || count === 0 || (image && shape[2] !== 1 && shape[2] !== 3))
    throw unusable(
      `${name} has shape (${whole.join(', ')})`,
      '(rows, features), (rows, height, width), or (rows, height, width, channels) with 1 or 3 channels',
      'Reshape it; channels come last.',
    );
  if (values instanceof Uint8Array) return { count, features, shape, stored: values, storedRange: [0, 1] };
  const floats = dtype.includes('f');
  if (image && !floats)
    throw unusable(
      `${name} holds images of type ${dtype}`,
      'uint8, or floats within [0, 1]',
      'Convert it: x.astype("uint8").',
    );
  const stored =
    values instanceof Float32Array ? values : Float32Array.from(values as ArrayLike<number | bigint>, Number);
  const [low, high] = image ? [0, 1] : [-Infinity, Infinity];
  const bad = stored.findIndex((value) => !(Number.isFinite(value) && value >= low && value <= high));
  if (bad >= 0)
    throw unusable(
      `${name} holds ${String(values[bad])} in row ${Math.floor(bad / features)}, value ${bad % features}`,
      image ? 'finite values from 0 to 1' : 'finite values within the range of float32',
      image ? 'Divide images of 0 to 255 by 255, or save them as uint8.' : 'Correct or remove the row.',
    );
  return { count, features, shape, stored, storedRange: image ? [0, 1] : null };
}
