import type { RandomStream } from '@theriac/tensors';
import { randomStream } from '@theriac/tensors';
import { cropAndFlip } from './crop-and-flip';

const [height, width, channels] = [6, 5, 2];
const features = height * width * channels;
/** Black is -1 and -2, so that padding is told from values. */
const black = Float32Array.from({ length: features }, (_, k) => (k % 2 === 0 ? -1 : -2));
const image = { shape: [height, width, channels], black };
const x = Float32Array.from({ length: 2 * features }, (_, k) => k);

/** A stream that draws these integers. */
const drawing = (...values: number[]): RandomStream => ({
  ...randomStream(0),
  integer: () => values.shift() as number,
});

const at = (values: Float32Array, row: number, i: number, j: number, c: number): number | undefined =>
  i < 0 || i >= height || j < 0 || j >= width ? black[c] : values[row * features + (i * width + j) * channels + c];

describe('crop and flip', () => {
  it('in the middle, not flipped, is the image itself', () => {
    expect(cropAndFlip(x, image, drawing(4, 4, 0, 4, 4, 0))).toEqual(x);
  });

  it.each([
    [0, 8, 0],
    [6, 3, 1],
    [8, 0, 1],
  ])('shifts by (%d - 4, %d - 4), fills up with black, and mirrors when flipped is %d', (down, right, flip) => {
    const found = cropAndFlip(x, image, drawing(4, 4, 0, down, right, flip));
    expect(found.subarray(0, features)).toEqual(x.subarray(0, features));
    for (let i = 0; i < height; i++)
      for (let j = 0; j < width; j++)
        for (let c = 0; c < channels; c++) {
          const column = (flip === 1 ? width - 1 - j : j) + right - 4;
          expect(at(found, 1, i, j, c)).toBe(at(x, 1, i + down - 4, column, c));
        }
  });

  it('draws every shift and both mirrorings', () => {
    const random = randomStream(1, 'draws');
    const drawn = new Set<string>();
    const integer = (n: number): number => {
      const value = random.integer(n);
      drawn.add(`${value} of ${n}`);
      return value;
    };
    cropAndFlip(new Float32Array(300 * features), image, { ...random, integer });
    expect(drawn.size).toBe(9 + 2);
  });
});
