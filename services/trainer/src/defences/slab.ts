/**
 * Two classes: s(x, y) = |(mu_1 - mu_-1)' (x - mu_y)| / ||mu_1 - mu_-1||, the distance along the line through both centroids.
 * Source: Steinhardt, Koh, Liang (NeurIPS 2017); Koh, Steinhardt, Liang (2022). More classes, our reading: the largest over all
 * other classes c of |(mu_y - mu_c)' (x - mu_y)| / ||mu_y - mu_c||.
 */
import type { Sanitiser } from '@theriac/game';
import { textOption } from '@theriac/game';
import { distanceOf, forEachRow } from './blocks';
import { centroidsFor, centroidsOption } from './centroids';
import { highestOfEachClass, shareOption } from './share';

export const slab: Sanitiser = {
  id: 'slab',
  kind: 'sanitiser',
  summary: "Leave out the rows furthest from their centroid along the line to another class's centroid.",
  source: 'Steinhardt, Koh, Liang (2017) and Koh, Steinhardt, Liang (2022), slab; more than two classes: our reading.',
  options: [shareOption, centroidsOption],
  fits: false,
  async remove(game, options) {
    const { rows, classes } = game;
    const centroids = await centroidsFor(game, textOption(options, 'centroids'));
    const directions = centroids.map((own) => (own === undefined ? [] : linesFrom(own, centroids)));
    const scores = new Float64Array(rows.count);
    await forEachRow(game, rows, (x, row) => {
      const y = rows.y[row]!;
      for (const { direction, offset } of directions[y]!)
        scores[row] = Math.max(scores[row]!, Math.abs(product(direction, x) - offset));
    });
    return highestOfEachClass(scores, rows.y, classes, options);
  },
};

/** A unit vector, and its product with the class's centroid. */
interface Line {
  readonly direction: Float64Array;
  readonly offset: number;
}

/** The lines from a centroid to all that differ from it. */
function linesFrom(own: Float64Array, centroids: readonly (Float64Array | undefined)[]): Line[] {
  return centroids.flatMap((other) => {
    const length = other === undefined ? 0 : distanceOf(own, other);
    if (other === undefined || length === 0) return [];
    const direction = own.map((value, k) => (value - other[k]!) / length);
    return [{ direction, offset: product(direction, own) }];
  });
}

function product(a: Float64Array, b: ArrayLike<number>): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k]! * b[k]!;
  return sum;
}
