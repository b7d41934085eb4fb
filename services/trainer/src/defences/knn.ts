/**
 * s(x, y) = sum of the distances from x to the k nearest rows of all that came, itself included: of each class the loneliest rows
 * are left out. k = 5. Source: Koh, Steinhardt, Liang (2022), k-NN defence. Classes play no part in the distances.
 */
import type { RowData, Sanitiser, SanitiserGame } from '@theriac/game';
import { gatheredRows, numberOption } from '@theriac/game';
import { dot, invalid } from '@theriac/tensors';
import { distanceOf, forEachBlock } from './blocks';
import { highestOfEachClass, shareOption } from './share';

/** Rows of a block: the distances between two blocks take 4 MiB. */
const size = 1024;
/** Candidates beyond k: those that products in 32 bits may have put in the wrong order. */
const spare = 3;

export const knn: Sanitiser = {
  id: 'knn',
  kind: 'sanitiser',
  summary: 'Leave out the rows that are furthest from their k nearest rows.',
  source: 'Koh, Steinhardt, Liang (2022), k-NN defence.',
  options: [
    shareOption,
    {
      name: 'k',
      type: 'integer',
      description: 'How many nearest rows, the row itself included.',
      minimum: 1,
      maximum: 1000,
      default: 5,
    },
  ],
  fits: false,
  async remove(game, options) {
    const { rows, classes } = game;
    const k = numberOption(options, 'k');
    if (k > rows.count)
      throw invalid('defence', `knn with k=${k}`, `k of at most the ${rows.count} rows there are`, 'Take a smaller k.');
    const norms = new Float64Array(rows.count);
    await forEachBlock(game, rows, ({ x, count, features }, from) => {
      for (let j = 0; j < count; j++) {
        const row = x.subarray(j * features, (j + 1) * features);
        norms[from + j] = dot(row, row);
      }
    });
    const scores = new Float64Array(rows.count);
    await forEachBlock(
      game,
      rows,
      async ({ x, count }, from) => {
        const nearest = await candidates(game, x, count, Math.min(k + spare, rows.count), norms);
        for (let j = 0; j < count; j++) scores[from + j] = sumOfNearest(rows, x, j, nearest[j]!, k);
      },
      size,
    );
    return highestOfEachClass(scores, rows.y, classes, options);
  },
};

/** For each row of x the `most` rows that are nearest by |b|^2 - 2 a'b, which orders them as distances do. */
async function candidates(
  game: SanitiserGame,
  x: Float32Array,
  count: number,
  most: number,
  norms: Float64Array,
): Promise<Int32Array[]> {
  const found = Array.from({ length: count }, () => new Int32Array(most).fill(-1));
  const keys = Array.from({ length: count }, () => new Float64Array(most).fill(Infinity));
  const { features } = game.rows;
  await forEachBlock(
    game,
    game.rows,
    (others, from) => {
      const products = game.products(x, others.x, features);
      for (let j = 0; j < count; j++) {
        const [rows, own] = [found[j]!, keys[j]!];
        for (let i = 0; i < others.count; i++) {
          const key = norms[from + i]! - 2 * products[j * others.count + i]!;
          if (key < own[most - 1]!) insert(rows, own, from + i, key);
        }
      }
    },
    size,
  );
  return found;
}

/** Puts a row in its place among those kept, ascending by key. */
function insert(rows: Int32Array, keys: Float64Array, row: number, key: number): void {
  let place = keys.length - 1;
  for (; place > 0 && keys[place - 1]! > key; place--) {
    keys[place] = keys[place - 1]!;
    rows[place] = rows[place - 1]!;
  }
  keys[place] = key;
  rows[place] = row;
}

/** The sum of the k smallest distances from row j of x to the candidates, in 64 bits; NaN where there are none that are finite. */
function sumOfNearest(rows: RowData, x: Float32Array, j: number, nearest: Int32Array, k: number): number {
  if (nearest.includes(-1)) return NaN;
  const { features } = rows;
  const own = x.subarray(j * features, (j + 1) * features);
  const others = gatheredRows(rows, nearest).x;
  const distances = Array.from(nearest, (_, i) => distanceOf(own, others.subarray(i * features, (i + 1) * features)));
  return distances
    .sort((a, b) => a - b)
    .slice(0, k)
    .reduce((sum, distance) => sum + distance, 0);
}
