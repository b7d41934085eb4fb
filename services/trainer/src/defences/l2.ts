/**
 * s(x, y) = ||x - mu_y||: of each class the rows furthest from its centroid are left out. Source: Koh, Steinhardt, Liang,
 * "Stronger data poisoning attacks break data sanitization defenses" (Machine Learning 2022); the sphere of Steinhardt, Koh,
 * Liang (NeurIPS 2017).
 */
import type { Sanitiser } from '@theriac/game';
import { textOption } from '@theriac/game';
import { distanceOf, forEachRow } from './blocks';
import { centroidsFor, centroidsOption } from './centroids';
import { highestOfEachClass, shareOption } from './share';

export const l2: Sanitiser = {
  id: 'l2',
  kind: 'sanitiser',
  summary: 'Leave out the rows furthest from the centroid of their class (sphere).',
  source: 'Koh, Steinhardt, Liang (2022), L2 defence; Steinhardt, Koh, Liang (2017), sphere.',
  options: [shareOption, centroidsOption],
  fits: false,
  async remove(game, options) {
    const { rows, classes } = game;
    const centroids = await centroidsFor(game, textOption(options, 'centroids'));
    const scores = new Float64Array(rows.count);
    await forEachRow(game, rows, (x, row) => {
      scores[row] = distanceOf(x, centroids[rows.y[row]!]!);
    });
    return highestOfEachClass(scores, rows.y, classes, options);
  },
};
