/** Augmentation of small images: padded by 4 black pixels on each side, cropped at random to their size, flipped half of the time. */
import type { RandomStream } from '@theriac/tensors';

/** Images as rows: [height, width, channels], row-major, and a black one (stored value 0) in model-input space. */
export interface ImageRows {
  readonly shape: readonly number[];
  readonly black: Float32Array;
}

const padding = 4;

/** The images of `x`, augmented, as a new array. Scaling acts on each channel alone, so this is crop and flip of stored pixels. */
export function cropAndFlip(x: Float32Array, { shape, black }: ImageRows, random: RandomStream): Float32Array {
  const [height, width, channels] = shape as [number, number, number];
  const features = height * width * channels;
  const out = new Float32Array(x.length);
  for (let row = 0; row < x.length; row += features) {
    const [down, right] = [random.integer(2 * padding + 1) - padding, random.integer(2 * padding + 1) - padding];
    const flip = random.integer(2) === 1;
    for (let i = 0; i < height; i++) {
      const from = i + down;
      for (let j = 0; j < width; j++) {
        const at = (flip ? width - 1 - j : j) + right;
        const inside = from >= 0 && from < height && at >= 0 && at < width;
        const source = inside ? row + (from * width + at) * channels : 0;
        const target = row + (i * width + j) * channels;
        for (let c = 0; c < channels; c++) out[target + c] = (inside ? x[source + c] : black[c]) as number;
      }
    }
  }
  return out;
}
