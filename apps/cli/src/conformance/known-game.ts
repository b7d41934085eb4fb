/** The small game of the checks: data that both sides know, points and poison drawn from named streams. Softmax regression. */
import { Placement, Scaling } from '@theriac/contract/game';
import type { GameSpec } from '@theriac/contract/game';
import { fromModelInput, loadDataset, toModelInput } from '@theriac/datasets';
import type { Dataset } from '@theriac/datasets';
import { poisonCount, ratioFraction, regressionGradient, rowsBetween } from '@theriac/game';
import type { Rows } from '@theriac/game';
import { randomStream } from '@theriac/tensors';

/** Training rows, and how many of them are held out. */
const trainLimit = 600;
const validationCount = 100;
/** eps_d of the checks. */
export const epsilonD = 0.06;
/** Every random choice of the kit follows from it. */
const seed = 20;

/** Poison rows in stored units. */
export interface KnownPoison {
  /** [m * features]. */
  readonly x: Float32Array;
  readonly y: Int32Array;
  readonly base: Int32Array;
  readonly placement: Placement;
}

export interface KnownGame {
  readonly spec: GameSpec;
  readonly dataset: Dataset;
  readonly classes: number;
  readonly features: number;
  /** Length of w of softmax regression: (features + 1) classes. */
  readonly size: number;
  /** mu and mu~, model-input units. */
  readonly clean: Rows;
  readonly validation: Rows;
  /** Clean rows with noise and labels one class on: rows of nu that fit into the stored range. */
  readonly poison: KnownPoison;
  /** Poison rows in model-input units. */
  rowsOf(poison: Pick<KnownPoison, 'x' | 'y'>): Rows;
  /** Model-input values in stored units. */
  toStored(x: Float32Array): Float32Array;
  /** Standard normal values times `scale`. */
  draw(name: string, length: number, scale?: number): Float32Array;
  /** Parameters in general position: logits of deviation about 1. */
  point(name: string): Float32Array;
  /** Parameters after some gradient steps on the clean rows: a clean model. */
  fitted(): Float32Array;
}

/** Loads the data and draws the poison. Throws what the data set's loader throws. */
export async function knownGame(dataset: string): Promise<KnownGame> {
  const data = await loadDataset(dataset, { trainLimit });
  const { features, classes, train } = data;
  const spec = { dataset, trainLimit, validationCount, model: 'lr', scaling: Scaling.STANDARDISED };
  const all: Rows = { x: toModelInput(train, data, 'standardised'), y: train.labels, count: train.count, features };
  const clean = rowsBetween(all, 0, trainLimit - validationCount);
  const draw = (name: string, length: number, scale = 1): Float32Array => {
    const random = randomStream(seed, 'conformance', name);
    return Float32Array.from({ length }, () => scale * random.normal());
  };
  const size = (features + 1) * classes;
  const rowsOf: KnownGame['rowsOf'] = ({ x, y }) => ({
    x: toModelInput({ count: y.length, features, stored: x, labels: new Uint8Array(0) }, data, 'standardised'),
    y,
    count: y.length,
    features,
  });
  const toStored = (x: Float32Array): Float32Array => fromModelInput(x, data, 'standardised');
  let ready: Float32Array | undefined;
  const given = { spec, dataset: data, classes, features, size, clean, rowsOf, toStored, draw };
  return {
    ...given,
    validation: rowsBetween(all, trainLimit - validationCount, trainLimit),
    poison: poisonFor(given),
    point: (name) => draw(`point ${name}`, size, 1 / Math.sqrt(features)),
    fitted: () => (ready ??= fittedTo(clean, classes, size)),
  };
}

function fittedTo(clean: Rows, classes: number, size: number): Float32Array {
  const w = new Float32Array(size);
  for (let step = 0; step < 30; step++)
    regressionGradient(w, clean, classes).gradient.forEach((slope, k) => (w[k]! -= 0.1 * slope));
  return w;
}

function poisonFor({
  dataset,
  clean,
  features,
  classes,
  draw,
  toStored,
}: Pick<KnownGame, 'dataset' | 'clean' | 'features' | 'classes' | 'draw' | 'toStored'>): KnownPoison {
  const count = poisonCount(ratioFraction(epsilonD), clean.count);
  const base = Int32Array.from({ length: count }, (_, j) => 7 * j + 3);
  const noise = draw('poison', count * features, 0.1);
  const [low, high] = dataset.storedRange ?? [-Infinity, Infinity];
  const x = new Float32Array(count * features);
  base.forEach((row, j) => {
    const stored = toStored(rowsBetween(clean, row, row + 1).x);
    stored.forEach((value, k) => {
      const at = j * features + k;
      x[at] = Math.max(low, Math.min(high, value + noise[at]!));
    });
  });
  return { x, y: base.map((row) => (clean.y[row]! + 1) % classes), base, placement: Placement.ADDED };
}
