/**
 * s(x, y) = ell((x, y); w) of a model w trained on everything that came: of each class the rows that it fits worst are left out.
 * Source: Koh, Steinhardt, Liang (2022), loss defence, whose score is 1 - y (w'x + b), not cut at 0. Here ell is the cross-entropy
 * that the trainer minimises: with two classes it orders rows as that score does; more classes, our reading.
 */
import type { Sanitiser } from '@theriac/game';
import { forEachBlock } from './blocks';
import { highestOfEachClass, shareOption } from './share';

export const loss: Sanitiser = {
  id: 'loss',
  kind: 'sanitiser',
  summary: 'Train on everything, leave out the rows with the largest loss, train again.',
  source: 'Koh, Steinhardt, Liang (2022), loss defence; cross-entropy in place of the hinge: our reading.',
  options: [shareOption],
  fits: true,
  async remove(game, options) {
    const { rows, classes, fitted } = game;
    const scores = new Float64Array(rows.count);
    await forEachBlock(game, rows, (block, from) => {
      const logits = game.logits(fitted, block);
      for (let j = 0; j < block.count; j++)
        scores[from + j] = crossEntropy(logits.subarray(j * classes, (j + 1) * classes), block.y[j]!);
    });
    return highestOfEachClass(scores, rows.y, classes, options);
  },
};

/** log sum exp f - f_y. */
function crossEntropy(logits: Float32Array, y: number): number {
  const highest = Math.max(...logits);
  let sum = 0;
  for (const logit of logits) sum += Math.exp(logit - highest);
  return Math.log(sum) + highest - logits[y]!;
}
