/** Scores of the sanitisers against their definitions, computed here another way. */
import { gatheredRows, regressionLogits, rowsBetween } from '@theriac/game';
import type { OptionValues, Rows, Sanitiser, SanitiserGame } from '@theriac/game';
import { createModel, createOracles } from '@theriac/game/engine';
import { randomStream, symmetricEigen } from '@theriac/tensors';
import { startBackend } from '@theriac/tensors/engine';
import { knn } from './knn';
import { l2 } from './l2';
import { leadingSubspace } from './leading-subspace';
import { loss } from './loss';
import { representation, representationWidth } from './representation';
import { moments, products } from './sanitising';
import { slab } from './slab';
import { spectralSignatures } from './spectral-signatures';
import { svd } from './svd';

beforeAll(async () => {
  await startBackend();
});

const [count, features] = [90, 6];

function rowsOf(classes: number): Rows {
  const random = randomStream(2, 'rows', classes);
  const y = Int32Array.from({ length: count }, () => random.integer(classes));
  const x = Float32Array.from({ length: count * features }, (_, i) => {
    const [row, k] = [Math.floor(i / features), i % features];
    return (k + 1) * random.normal() + (y[row] === k ? 3 : 0);
  });
  return { x, y, count, features };
}

function gameOf(rows: Rows, classes: number, w?: Float32Array): SanitiserGame {
  const model = createModel('lr', [features], classes);
  const oracles = createOracles(model);
  return {
    rows,
    classes,
    model,
    trusted: rowsBetween(rows, 0, 0),
    fitted: w ?? new Float32Array(model.layout.size),
    random: randomStream(1, 'test'),
    logits: (at, some) => oracles.logits(at, some),
    products,
    moments,
    pause: async () => {},
  };
}

const row = ({ x }: Rows, j: number): number[] => [...x.subarray(j * features, (j + 1) * features)];
const norm = (a: readonly number[]): number => Math.hypot(...a);
const minus = (a: readonly number[], b: readonly number[]): number[] => a.map((value, k) => value - b[k]!);
const times = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, k) => sum + value * b[k]!, 0);

function centroid(rows: Rows, y: number): number[] {
  const own = Array.from({ length: rows.count }, (_, j) => j).filter((j) => rows.y[j] === y);
  return Array.from({ length: features }, (_, k) => own.reduce((sum, j) => sum + row(rows, j)[k]!, 0) / own.length);
}

/** The floor(share n_y) rows of each class with the highest scores. */
function highest(rows: Rows, classes: number, share: number, score: (j: number) => number): number[] {
  return Array.from({ length: classes }, (_, y) => {
    const own = Array.from({ length: rows.count }, (_row, j) => j).filter((j) => rows.y[j] === y);
    const sorted = own.map((j) => [score(j), j] as const).sort(([a], [b]) => b - a);
    return sorted.slice(0, Math.floor(share * own.length)).map(([, j]) => j);
  })
    .flat()
    .sort((a, b) => a - b);
}

const share = 0.3;
async function removedBy(sanitiser: Sanitiser, game: SanitiserGame, options: OptionValues = {}): Promise<number[]> {
  const defaults = Object.fromEntries(sanitiser.options.map((option) => [option.name, option.default]));
  return [...(await sanitiser.remove(game, { ...defaults, share, ...options }))];
}

describe.each([2, 4])('with %s classes', (classes) => {
  const rows = rowsOf(classes);
  const game = gameOf(rows, classes);
  const centroids = Array.from({ length: classes }, (_, y) => centroid(rows, y));
  const off = (j: number): number[] => minus(row(rows, j), centroids[rows.y[j]!]!);

  it('l2 is the distance to the centroid of the class', async () => {
    expect(await removedBy(l2, game)).toEqual(highest(rows, classes, share, (j) => norm(off(j))));
  });

  it('slab is the largest distance along a line between centroids', async () => {
    const score = (j: number): number =>
      Math.max(
        ...centroids
          .filter((_, y) => y !== rows.y[j])
          .map((other) => minus(centroids[rows.y[j]!]!, other))
          .map((line) => Math.abs(times(line, off(j))) / norm(line)),
      );
    expect(await removedBy(slab, game)).toEqual(highest(rows, classes, share, score));
  });

  it('loss is the cross-entropy at the fitted model; with two classes its order is that of the unclamped hinge', async () => {
    const random = randomStream(4, 'w');
    const w = Float32Array.from({ length: (features + 1) * classes }, () => 0.3 * random.normal());
    const logits = regressionLogits(w, rows, classes);
    const margin = (j: number): number => {
      const own = [...logits.subarray(j * classes, (j + 1) * classes)];
      const others = own.filter((_, y) => y !== rows.y[j]).map((logit) => Math.exp(logit - own[rows.y[j]!]!));
      return others.reduce((sum, value) => sum + value, 0);
    };
    const found = await removedBy(loss, gameOf(rows, classes, w));
    expect(found).toEqual(highest(rows, classes, share, margin));
    if (classes !== 2) return;
    const hinge = (j: number): number => 1 - (logits[2 * j + rows.y[j]!]! - logits[2 * j + 1 - rows.y[j]!]!);
    expect(found).toEqual(highest(rows, classes, share, hinge));
  });

  it.each([1, 5, 90])('k-NN is the sum of the distances to the %s nearest rows, itself included', async (k) => {
    const score = (j: number): number =>
      Array.from({ length: count }, (_, i) => norm(minus(row(rows, j), row(rows, i))))
        .sort((a, b) => a - b)
        .slice(0, k)
        .reduce((sum, distance) => sum + distance, 0);
    // A row's distance to itself is 0: with k = 1 all scores are equal.
    if (k === 1) expect(await removedBy(knn, game, { k })).toHaveLength(highest(rows, classes, share, score).length);
    else expect(await removedBy(knn, game, { k })).toEqual(highest(rows, classes, share, score));
  });

  it.each([0.5, 0.8, 0.95])('SVD is the distance to the subspace that holds %s of the energy', async (energy) => {
    const gram = new Float64Array(features * features);
    for (let j = 0; j < count; j++)
      row(rows, j).forEach((a, k) => row(rows, j).forEach((b, l) => (gram[k * features + l]! += a * b)));
    const { values, vectors } = symmetricEigen(gram, features);
    const trace = values.reduce((sum, value) => sum + value, 0);
    const span: number[][] = [];
    for (let k = features - 1, held = 0; held < energy * trace; k--) {
      held += values[k]!;
      span.push([...vectors.subarray(k * features, (k + 1) * features)]);
    }
    span.push(...centroids);
    // What is left of z once its least-squares fit by the span is taken away, by descending on the coefficients' residual.
    const score = (j: number): number => {
      let z = off(j);
      for (let pass = 0; pass < 4000; pass++)
        for (const direction of span) {
          const along = times(z, direction) / times(direction, direction);
          z = z.map((value, k) => value - along * direction[k]!);
        }
      return norm(z);
    };
    const left = features - span.length;
    // Where the span is everything, all scores are rounding.
    if (left > 0) expect(await removedBy(svd, game, { energy })).toEqual(highest(rows, classes, share, score));
  });

  it('spectral signatures are squared products with the top singular vector of the centred class', async () => {
    const tops = centroids.map((mean, y) => {
      const cov = new Float64Array(features * features);
      for (let j = 0; j < count; j++) {
        if (rows.y[j] !== y) continue;
        const z = minus(row(rows, j), mean);
        z.forEach((a, k) => z.forEach((b, l) => (cov[k * features + l]! += a * b)));
      }
      return [...symmetricEigen(cov, features).vectors.subarray((features - 1) * features)];
    });
    const score = (j: number): number => times(off(j), tops[rows.y[j]!]!) ** 2;
    expect(await removedBy(spectralSignatures, game)).toEqual(highest(rows, classes, share, score));
  });
});

describe('what the sanitisers stand on', () => {
  it('finds leading eigenpairs as Jacobi rotations do', async () => {
    const width = 40;
    const random = randomStream(3, 'gram');
    const x = Float32Array.from({ length: 60 * width }, (_, i) => random.normal() * 0.9 ** (i % width));
    const g = moments(x, width);
    const exact = symmetricEigen(symmetric(Float64Array.from(g), width), width);
    const { values, vectors } = await leadingSubspace(gameOf(rowsOf(2), 2), g, width, 8);
    for (let k = 0; k < 4; k++) {
      expect(values[k]! / exact.values[width - 1 - k]!).toBeCloseTo(1, 4);
      const own = exact.vectors.subarray((width - 1 - k) * width, (width - k) * width);
      expect(Math.abs(times([...own], [...vectors[k]!]))).toBeCloseTo(1, 2);
    }
  });

  it('gets the last representation h of a network from its logits: h W + b are the logits', () => {
    const model = createModel('nn-gc', [features], 3);
    const oracles = createOracles(model);
    const rows = gatheredRows(rowsOf(3), Int32Array.of(3, 1, 4, 1, 5));
    const w = model.initialise(randomStream(1, 'model'));
    const width = representationWidth(model);
    const h = representation({ model, logits: (at, some) => oracles.logits(at, some) }, w, rows);
    const view = (name: string) => model.layout.views.find((candidate) => candidate.name === name)!.offset;
    const [weight, bias] = [view(model.lastLayer.weight), view(model.lastLayer.bias)];
    const logits = oracles.logits(w, rows);
    for (let j = 0; j < rows.count; j++)
      for (let y = 0; y < 3; y++) {
        let sum = w[bias + y]!;
        for (let k = 0; k < width; k++) sum += h[j * width + k]! * w[weight + k * 3 + y]!;
        expect(sum).toBeCloseTo(logits[j * 3 + y]!, 4);
      }
    expect(new Set(h).size).toBeGreaterThan(width);
    oracles.dispose();
  });
});

function symmetric(a: Float64Array, n: number): Float64Array {
  return a.map((value, k) => (value + a[(k % n) * n + Math.floor(k / n)]!) / 2);
}
