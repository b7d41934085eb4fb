import { gatheredRows, regressionErrors, regressionLogits } from '@theriac/game';
import type { Rows } from '@theriac/game';
import { createOracles } from '@theriac/game/engine';
import { liveTensors, startBackend } from '@theriac/tensors/engine';
import { toyGame } from '@theriac/testing';
import { ascended } from './ascent';
import { inputGradient, rowLosses } from './input-gradient';

const size = { features: 4, classes: 3, clean: 40, poison: 5 };

beforeAll(async () => {
  await startBackend();
});

describe('the input gradient', () => {
  it('is W (p - e_y) for softmax regression, whatever the chunks', () => {
    const game = toyGame(size);
    const rows = gatheredRows(
      game.clean,
      Int32Array.from({ length: 11 }, (_, j) => j),
    );
    const { errors } = regressionErrors(regressionLogits(game.wClean, rows, 3), rows.y, 3);
    const oracles = createOracles(game.model, { chunk: 4 });
    const found = inputGradient({ model: game.model, oracles }, game.wClean, rows);
    found.forEach((value, at) => {
      const [j, feature] = [Math.floor(at / 4), at % 4];
      const expected = [0, 1, 2].reduce((sum, k) => sum + game.wClean[feature * 3 + k]! * errors[j * 3 + k]!, 0);
      expect(Math.abs(value - expected)).toBeLessThan(1e-6);
    });
    oracles.dispose();
  });

  it('leaves no tensor behind', () => {
    const game = toyGame(size, { model: 'nn-gc' });
    const rows = gatheredRows(game.clean, Int32Array.of(1, 2, 3));
    inputGradient(game, game.wClean, rows);
    const before = liveTensors();
    inputGradient(game, game.wClean, rows);
    expect(liveTensors()).toBe(before);
  });
});

describe('row losses', () => {
  it('are the cross-entropies of single rows', () => {
    const game = toyGame(size);
    const rows = gatheredRows(game.clean, Int32Array.of(7, 8, 9));
    const found = rowLosses(game, game.wClean, rows);
    [7, 8, 9].forEach((row, j) => {
      const one = gatheredRows(game.clean, Int32Array.of(row));
      expect(found[j]).toBeCloseTo(regressionErrors(regressionLogits(game.wClean, one, 3), one.y, 3).loss, 5);
    });
  });
});

describe('ascent', () => {
  it('ends in the corner of the box where a two-class loss is largest', () => {
    const game = toyGame({ features: 6, classes: 2, clean: 60, poison: 2 }, { constraint: 'box' });
    const rows: Rows = gatheredRows(game.clean, Int32Array.of(1, 2, 3, 4));
    const x = ascended(game, game.wClean, rows, { steps: 200, rate: 0.5, base: game.toStored(rows.x) });
    // log(1 + exp(<w_k - w_y, x> + const)) rises with <w_k - w_y, x>: its maximum over a box is at a corner.
    x.forEach((value, at) => {
      const [label, feature] = [rows.y[Math.floor(at / 6)]!, at % 6];
      const slope = game.wClean[feature * 2 + 1 - label]! - game.wClean[feature * 2 + label]!;
      expect(value).toBeCloseTo(2 * Math.sign(slope), 5);
    });
  });

  it('never lowers the loss of a network by a short step', () => {
    const game = toyGame(size, { model: 'nn-gc', constraint: 'box' });
    const rows = gatheredRows(game.clean, Int32Array.of(1, 2, 3, 4, 5));
    const x = ascended(game, game.wClean, rows, { steps: 1, rate: 0.05, base: game.toStored(rows.x) });
    const before = rowLosses(game, game.wClean, rows);
    rowLosses(game, game.wClean, { ...rows, x }).forEach((loss, j) => expect(loss).toBeGreaterThan(before[j]!));
  });
});
