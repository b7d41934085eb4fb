/**
 * Of each class y: R the rows h(x) - mean h of a trained model's last representation, v the top right singular vector of R, and
 * s(x) = ((h(x) - mean)' v)^2; the rows with the highest scores are left out. Source: Tran, Li, Madry, "Spectral signatures in backdoor
 * attacks" (NeurIPS 2018), algorithm 1, which leaves out 1.5 times the expected number of poison rows. For LR the last
 * representation is the row itself, our reading.
 */
import type { RowData, Sanitiser, SanitiserGame } from '@theriac/game';
import { selectedRows } from '@theriac/game';
import { forEachBlock } from './blocks';
import { leadingSubspace } from './leading-subspace';
import { representation, representationWidth } from './representation';
import { highestOfEachClass, shareOption } from './share';

/** Vectors that are iterated together, so that the first one settles soon. */
const together = 4;

export const spectralSignatures: Sanitiser = {
  id: 'spectral-signatures',
  kind: 'sanitiser',
  summary: "Leave out the rows that stand out along the top singular vector of their class's representations.",
  source: 'Tran, Li, Madry (NeurIPS 2018), algorithm 1; share 5% in place of 1.5 times the expected poison.',
  options: [shareOption],
  fits: true,
  async remove(game, options) {
    const { rows, classes } = game;
    const scores = new Float64Array(rows.count);
    const members = Array.from({ length: classes }, (): number[] => []);
    for (let row = 0; row < rows.count; row++) members[rows.y[row]!]!.push(row);
    for (const own of members) {
      const found = await scoresOf(game, selectedRows(rows, Int32Array.from(own)));
      own.forEach((row, j) => (scores[row] = found[j]!));
    }
    return highestOfEachClass(scores, rows.y, classes, options);
  },
};

/** The scores of the rows of one class. */
async function scoresOf(game: SanitiserGame, rows: RowData): Promise<Float64Array> {
  const width = representationWidth(game.model);
  const mean = new Float64Array(width);
  const second = new Float64Array(width * width);
  await forEachBlock(game, rows, (block) => {
    const h = representation(game, game.fitted, block);
    h.forEach((value, k) => (mean[k % width]! += value / rows.count));
    game.moments(h, width).forEach((value, k) => (second[k]! += value / rows.count));
  });
  const covariance = Float32Array.from(second, (value, k) => value - mean[Math.floor(k / width)]! * mean[k % width]!);
  const { vectors } = await leadingSubspace(game, covariance, width, Math.min(together, width));
  const v = vectors[0] ?? new Float64Array(width);
  const scores = new Float64Array(rows.count);
  await forEachBlock(game, rows, (block, from) => {
    const h = representation(game, game.fitted, block);
    for (let j = 0; j < block.count; j++) {
      let sum = 0;
      for (let k = 0; k < width; k++) sum += (h[j * width + k]! - mean[k]!) * v[k]!;
      scores[from + j] = sum * sum;
    }
  });
  return scores;
}
