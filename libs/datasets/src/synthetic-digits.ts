/**
 * Synthetic digits: 28 x 28 images of the ten digits drawn by strokes, for a machine without data files. Each image depends on
 * (seed, part, index) alone: a manner of drawing; a random affine map; a smooth wave that bends the strokes; pen width and ink;
 * a stray stroke; grain. Tuned so that a linear classifier gets 85 to 97% of the test part right, as on MNIST.
 */
import { randomStream, type RandomStream } from '@theriac/tensors';
import type { Dataset, Examples } from './dataset';
import { digitManners, type Point, type Stroke } from './digit-strokes';
import { sha256 } from './integrity';
import type { Source } from './source';
import { drawStroke } from './stroke-raster';

const { PI, cos, max, min, round, sin, sqrt } = Math;

const parameters = {
  generator: 'synthetic-digits 1',
  seed: 0,
  side: 28,
  train: 60_000,
  test: 10_000,
  /** Height of the digit in pixels. */
  size: [16, 21],
  /** Width over height, further factor. */
  aspect: [0.75, 1.1],
  /** Radians and slope, one standard deviation. */
  rotation: 0.13,
  slant: 0.18,
  /** Pixels, one standard deviation. */
  shift: 1.1,
  /** Amplitude in parts of the digit's size, one standard deviation. */
  wave: 0.035,
  /** Pixels. */
  penRadius: [0.6, 1.5],
  ink: [0.7, 1],
  strayProbability: 0.25,
  /** Intensity, one standard deviation. */
  grain: 0.04,
} as const;
const { side } = parameters;
const features = side * side;
const classes = digitManners.length;

const description = {
  id: 'synthetic-digits',
  description: 'digits drawn by strokes with random shape, 28 x 28 grey levels',
  source: 'generated, seeded',
  classes,
  shape: [side, side, 1],
  needsFiles: false,
  examples: { train: parameters.train, test: parameters.test },
};

export const syntheticDigits: Source = {
  description,
  files: [],
  async train(_directory, limit = parameters.train): Promise<Dataset> {
    return {
      id: description.id,
      shape: description.shape,
      features,
      classes,
      classNames: Array.from({ length: classes }, (_, digit) => String(digit)),
      train: drawDigits(limit, randomStream(parameters.seed, 'synthetic-digits', 'train')),
      storedRange: [0, 1],
      // Of the 60,000 training images, so that a smaller set is scaled alike.
      standardisation: { mean: Float32Array.of(0.1053), sd: Float32Array.of(0.2346) },
      digest: sha256(JSON.stringify(parameters)),
    };
  },
  async test() {
    return drawDigits(parameters.test, randomStream(parameters.seed, 'synthetic-digits', 'test'));
  },
};

/** `count` digits; a longer run begins with the images of a shorter one. */
export function drawDigits(count: number, random: RandomStream): Examples {
  const stored = new Uint8Array(count * features);
  const labels = new Uint8Array(count);
  const image = new Float32Array(features);
  const noise = new Float32Array(features);
  for (let index = 0; index < count; index++) {
    const own = random.fork(index);
    const digit = own.integer(classes);
    image.fill(0);
    drawDigit(image, digit, own);
    addGrain(image, noise, own);
    labels[index] = digit;
    for (let i = 0; i < features; i++) stored[index * features + i] = round(255 * image[i]!);
  }
  return { count, features, stored, labels };
}

function drawDigit(image: Float32Array, digit: number, random: RandomStream): void {
  const manners = digitManners[digit]!;
  const strokes = manners[random.integer(manners.length)]!;
  const place = randomMap(random);
  const radius = between(parameters.penRadius, random);
  const ink = between(parameters.ink, random);
  for (const stroke of strokes) drawStroke(image, side, stroke.map(place), radius, ink);
  if (random.uniform() < parameters.strayProbability) drawStroke(image, side, strayStroke(random), 0.6 * radius, ink);
}

/** From the unit square to pixels: bend by a wave, slant, stretch, turn, move. */
function randomMap(random: RandomStream): (point: Point) => Point {
  const height = between(parameters.size, random);
  const width = height * between(parameters.aspect, random);
  const angle = parameters.rotation * random.normal();
  const slant = parameters.slant * random.normal();
  const centreX = (side - 1) / 2 + parameters.shift * random.normal();
  const centreY = (side - 1) / 2 + parameters.shift * random.normal();
  const [waveX, waveY] = [randomWave(random), randomWave(random)];
  const [c, s] = [cos(angle), sin(angle)];
  return ([x, y]) => {
    const v = (y - 0.5 + waveY(x, y)) * height;
    const u = (x - 0.5 + waveX(x, y)) * width - slant * v;
    return [centreX + c * u - s * v, centreY + s * u + c * v];
  };
}

function randomWave(random: RandomStream): (x: number, y: number) => number {
  const amplitude = parameters.wave * random.normal();
  const turn = 2 * PI * random.uniform();
  const phase = 2 * PI * random.uniform();
  const frequency = PI * (1 + 1.5 * random.uniform());
  return (x, y) => amplitude * sin(frequency * (cos(turn) * x + sin(turn) * y) + phase);
}

function strayStroke(random: RandomStream): Stroke {
  const x = 2 + (side - 5) * random.uniform();
  const y = 2 + (side - 5) * random.uniform();
  const angle = 2 * PI * random.uniform();
  const length = 3 + 4 * random.uniform();
  return [
    [x, y],
    [x + length * cos(angle), y + length * sin(angle)],
  ];
}

/** Uniform noise everywhere, the result clipped to 0 .. 1. */
function addGrain(image: Float32Array, noise: Float32Array, random: RandomStream): void {
  const bound = parameters.grain * sqrt(3);
  random.fillUniform(noise, -bound, bound);
  for (let i = 0; i < image.length; i++) image[i] = min(1, max(0, image[i]! + noise[i]!));
}

const between = ([lo, hi]: readonly [number, number], random: RandomStream) => lo + (hi - lo) * random.uniform();
