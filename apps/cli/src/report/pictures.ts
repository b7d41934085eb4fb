/** Poison rows as pictures beside the training rows from which they started. */
import type { Dataset } from '@theriac/datasets';
import { PNG } from 'pngjs';
import { figure } from '../presentation/figures';
import { escape } from './html';

/** Poison in stored units, as poison.safetensors has it. */
export interface PoisonRows {
  readonly x: Float32Array;
  readonly y: Int32Array;
  readonly base: Int32Array | undefined;
  readonly count: number;
  readonly features: number;
}

const shown = 12;

/** Whether rows of this shape can be looked at. */
function arePictures(shape: readonly number[]): boolean {
  return shape.length === 3 && (shape[2] === 1 || shape[2] === 3);
}

/** A grid of rows spread evenly over the poison; empty where rows are no pictures. */
export function poisonPictures(poison: PoisonRows, dataset: Dataset): string {
  if (!arePictures(dataset.shape) || poison.count === 0) return '';
  const count = Math.min(shown, poison.count);
  const rows = Array.from({ length: count }, (_, index) => Math.floor((index * poison.count) / count));
  return `<div class="pictures">${rows.map((row) => pictureRow(row, poison, dataset)).join('')}</div>`;
}

/** What must be said beside the pictures: the range of the values, and how they are shown. */
export function pictureNote(poison: PoisonRows): string {
  const [low, high] = rangeOf(poison.x);
  const outside = low < 0 || high > 1;
  const range = `Stored values of the poison lie between ${figure(low)} and ${figure(high)}`;
  return outside
    ? `${range}; a picture lies between 0 and 1, so the middle picture is clipped to that and the right one is rescaled to the row's own range.`
    : `${range}: within what a picture can hold.`;
}

function pictureRow(row: number, poison: PoisonRows, dataset: Dataset): string {
  const { features, y, base } = poison;
  const values = poison.x.subarray(row * features, (row + 1) * features);
  const from = base?.[row] ?? -1;
  const [low, high] = rangeOf(values);
  const label = (index: number | undefined): string => dataset.classNames[index ?? -1] ?? String(index);
  const pictures = [
    ...(from >= 0 && from < dataset.train.count
      ? [picture(baseValues(dataset, from), [0, 1], dataset.shape, `base, ${label(dataset.train.labels[from])}`)]
      : []),
    picture(values, [0, 1], dataset.shape, low < 0 || high > 1 ? 'poison, clipped' : 'poison'),
    ...(low < 0 || high > 1 ? [picture(values, [low, high], dataset.shape, 'poison, rescaled')] : []),
  ];
  return `<div class="row"><div>${pictures.join('')}</div><p>label ${escape(label(y[row]))}, values ${figure(low)} to ${figure(high)}</p></div>`;
}

function picture(
  values: ArrayLike<number>,
  range: readonly [number, number],
  shape: readonly number[],
  caption: string,
) {
  return `<figure><img src="${pngDataUri(values, range, shape)}" alt="${escape(caption)}"><figcaption>${escape(caption)}</figcaption></figure>`;
}

/** A training row in stored units. */
export function baseValues({ train, features }: Dataset, row: number): Float32Array {
  const stored = train.stored.subarray(row * features, (row + 1) * features);
  return stored instanceof Uint8Array ? Float32Array.from(stored, (value) => value / 255) : stored;
}

/** [height, width, channels] values as a PNG; `range` maps to black and white, what lies outside is clipped. */
export function pngDataUri(
  values: ArrayLike<number>,
  [low, high]: readonly [number, number],
  [height = 0, width = 0, channels = 1]: readonly number[],
): string {
  const png = new PNG({ width, height });
  const extent = high - low || 1;
  for (let pixel = 0; pixel < width * height; pixel++) {
    for (let channel = 0; channel < 3; channel++) {
      const value = values[pixel * channels + (channels === 1 ? 0 : channel)] ?? 0;
      png.data[pixel * 4 + channel] = Math.round(255 * Math.min(1, Math.max(0, (value - low) / extent)));
    }
    png.data[pixel * 4 + 3] = 255;
  }
  return `data:image/png;base64,${PNG.sync.write(png).toString('base64')}`;
}

function rangeOf(values: ArrayLike<number>): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (let index = 0; index < values.length; index++) {
    const value = values[index] ?? 0;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return values.length === 0 ? [0, 0] : [low, high];
}
