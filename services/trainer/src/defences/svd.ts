/**
 * s(x, y)^2 = ||x - mu_y||^2 - ||P (x - mu_y)||^2: what of a row lies outside the directions in which the data mostly lie. P projects on
 * the span of the leading right singular vectors of all rows, as few as hold 95% of their squared Frobenius norm (at most 1000), and
 * of the class centroids. Source: Koh, Steinhardt, Liang (2022), SVD defence; more classes, our reading: the centroids of all of them.
 */
import type { Sanitiser, SanitiserGame } from '@theriac/game';
import { numberOption, textOption } from '@theriac/game';
import { dot } from '@theriac/tensors';
import { forEachBlock } from './blocks';
import { centroidsFor, centroidsOption } from './centroids';
import { leadingSubspace, orthonormal } from './leading-subspace';
import { highestOfEachClass, shareOption } from './share';

const mostVectors = 1000;
/** What lies within the subspace is wanted to this share: its own directions do not matter. */
const settled = 1e-5;

export const svd: Sanitiser = {
  id: 'svd',
  kind: 'sanitiser',
  summary: 'Leave out the rows furthest from the subspace in which most of the data lie.',
  source: 'Koh, Steinhardt, Liang (2022), SVD defence; more than two classes: our reading.',
  options: [
    shareOption,
    centroidsOption,
    {
      name: 'energy',
      type: 'number',
      description: 'Share of the squared Frobenius norm that the singular vectors hold.',
      minimum: 0,
      maximum: 1,
      default: 0.95,
    },
  ],
  fits: false,
  async remove(game, options) {
    const { rows, classes } = game;
    const { features } = rows;
    const centroids = await centroidsFor(game, textOption(options, 'centroids'));
    const leading = await singularVectors(game, numberOption(options, 'energy'));
    const basis = await orthonormal(
      [...leading, ...centroids.filter((centroid) => centroid !== undefined)],
      game.pause,
    );
    const flat = new Float32Array(basis.length * features);
    basis.forEach((vector, k) => flat.set(vector, k * features));
    const scores = new Float64Array(rows.count);
    await forEachBlock(game, rows, ({ x, y, count }, from) => {
      const z = new Float32Array(count * features);
      for (let j = 0; j < count; j++) {
        const centroid = centroids[y[j]!]!;
        for (let k = 0; k < features; k++) z[j * features + k] = x[j * features + k]! - centroid[k]!;
      }
      const parts = game.products(z, flat, features);
      for (let j = 0; j < count; j++) {
        const whole = z.subarray(j * features, (j + 1) * features);
        const within = parts.subarray(j * basis.length, (j + 1) * basis.length);
        scores[from + j] = Math.sqrt(Math.max(0, dot(whole, whole) - dot(within, within)));
      }
    });
    return highestOfEachClass(scores, rows.y, classes, options);
  },
};

/** As few leading right singular vectors as hold `energy` of X' X's trace. */
async function singularVectors(game: SanitiserGame, energy: number): Promise<readonly Float64Array[]> {
  const { features } = game.rows;
  const sum = new Float64Array(features * features);
  await forEachBlock(game, game.rows, ({ x }) => {
    game.moments(x, features).forEach((value, k) => (sum[k]! += value));
  });
  let trace = 0;
  for (let k = 0; k < features; k++) trace += sum[k * features + k]!;
  const g = Float32Array.from(sum);
  const most = Math.min(features, mostVectors);
  // Rounding must not ask for directions that hold nothing.
  const wanted = (energy - 1e-6) * trace;
  for (let size = Math.min(32, most); ; size = Math.min(2 * size, most)) {
    const atLeast = size === most ? 0 : wanted;
    const { values, vectors } = await leadingSubspace(game, g, features, size, { settled, atLeast });
    let held = 0;
    const enough = values.findIndex((value) => (held += value) >= wanted);
    if (enough >= 0) return energy === 0 ? [] : vectors.slice(0, enough + 1);
    if (size === most) return vectors;
  }
}
