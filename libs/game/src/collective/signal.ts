/**
 * A signal g and what the collective wants of it: g(x) is x with the values of some features set (a patch of pixels), so that
 * g(g(x)) = g(x). A collective plants it, to get f(g(x)) = y*, or erases it, to get f(g(x)) = f(x).
 * Source: Hardt, Mazumdar, Mendler-Duenner, Zrnic (ICML 2023); patches of pixels as in Solanki et al. (arXiv 2505.05707, 2025).
 */
import { invalid } from '@theriac/tensors';

export interface Signal {
  readonly name: string;
  /** Which features g sets: distinct indices, 0 to features - 1, at least one. */
  readonly features: readonly number[];
  /** What they are set to, stored units, as many. */
  readonly values: readonly number[];
  /** y*, a class; undefined: the signal is erased, not planted. */
  readonly target?: number;
}

/** Where a patch lies in an image. */
export const patchPlaces = ['top-left', 'top-right', 'bottom-left', 'bottom-right', 'centre'] as const;
export type PatchPlace = (typeof patchPlaces)[number];

export interface Patch {
  readonly place: PatchPlace;
  /** Pixels, at least 1. */
  readonly side: number;
  /** Stored units: 1 is white. */
  readonly value: number;
}

/**
 * The features of a patch within rows of this shape: [height, width, channels], a side x side square over all channels;
 * [features], `side` features from the front (places at the top, centre: the middle) or the back. Ascending.
 * Throws INVALID_ARGUMENT naming `patch` where it does not fit.
 */
export function patchFeatures(shape: readonly number[], { place, side }: Pick<Patch, 'place' | 'side'>): number[] {
  const [height = 1, width = 1, channels = 1] = shape.length === 1 ? [1, shape[0]] : shape;
  const rows = shape.length === 1 ? 1 : side;
  const most = shape.length === 1 ? width : Math.min(height, width);
  if (!Number.isSafeInteger(side) || side < 1 || side > most)
    throw invalid(
      'patch',
      side,
      `a side of 1 to ${most} for rows of shape ${shape.join(' x ')}`,
      'Choose a smaller one.',
    );
  const top = start(height - rows, place, 'bottom');
  const left = shape.length === 1 ? start(width - side, place, 'bottom') : start(width - side, place, 'right');
  const features: number[] = [];
  for (let y = top; y < top + rows; y++)
    for (let x = left; x < left + side; x++)
      for (let c = 0; c < channels; c++) features.push((y * width + x) * channels + c);
  return features;
}

function start(room: number, place: PatchPlace, far: string): number {
  if (place === 'centre') return Math.floor(room / 2);
  return place.includes(far) ? room : 0;
}

/** g(x) for rows x [rows * features], stored units: a copy. */
export function withSignal(
  x: Float32Array,
  signal: Pick<Signal, 'features' | 'values'>,
  features: number,
): Float32Array {
  const out = x.slice();
  for (let from = 0; from < x.length; from += features)
    signal.features.forEach((feature, k) => (out[from + feature] = signal.values[k] as number));
  return out;
}

/** Half a step of an 8-bit pixel: values this near are the same in a file. */
const sameValue = 1 / 510;

/** Whether g(x) = x: the row, stored units, lies in g(X), up to half a step of an 8-bit pixel. */
export function carriesSignal(row: Float32Array, { features, values }: Pick<Signal, 'features' | 'values'>): boolean {
  return features.every((feature, k) => Math.abs((row[feature] as number) - (values[k] as number)) <= sameValue);
}

/** Throws INVALID_ARGUMENT naming `signals[index]` where a signal does not fit rows of `features` features and `classes` classes. */
export function checkSignal(
  { features, values, target }: Signal,
  index: number,
  row: { features: number; classes: number },
): void {
  const field = `signals[${index}]`;
  const stray = features.find((feature) => !Number.isSafeInteger(feature) || feature < 0 || feature >= row.features);
  if (stray !== undefined) throw invalid(`${field}.features`, stray, `indices 0 to ${row.features - 1}`);
  if (features.length === 0 || new Set(features).size !== features.length)
    throw invalid(
      `${field}.features`,
      `${features.length} indices`,
      'distinct indices, at least one',
      'Name each feature once.',
    );
  if (values.length !== features.length || !values.every(Number.isFinite))
    throw invalid(
      `${field}.values`,
      `${values.length} values`,
      `${features.length} finite values`,
      'Give one for each feature.',
    );
  if (target !== undefined && (!Number.isSafeInteger(target) || target < 0 || target >= row.classes))
    throw invalid(`${field}.target`, target, `a class, 0 to ${row.classes - 1}`, 'Choose one of these.');
}
