import { parseOptions } from '@theriac/game';
import type { CraftGame } from '@theriac/game';
import { startBackend } from '@theriac/tensors/engine';
import { toyGame } from '@theriac/testing';
import { myAttack } from './my-attack';

const size = { features: 4, classes: 3, clean: 60, poison: 9 };

beforeAll(async () => {
  await startBackend();
});

/** The whole attack: where it began, and the poison. */
function crafted(game: CraftGame, given: Record<string, unknown> = {}) {
  const options = parseOptions(myAttack.options, given, myAttack.id);
  const start = myAttack.start(game, options);
  let state = start;
  while (!state.done) state = myAttack.step(state, game, options);
  return { start, state, poison: myAttack.poison(state, game, options) };
}

describe('my attack', () => {
  it('goes the way that the closed form says', () => {
    const game = toyGame(size);
    const { start, poison } = crafted(game, { steps: 3, rate: 0.5 });
    const x = game.toModelInput(poison.x);
    poison.baseIndices.forEach((row, j) => {
      const aim = start.arrays.aims![j]!;
      for (let i = 0; i < 4; i++) {
        const [from, to] = [game.clean.x[row * 4 + i]!, game.clean.x[aim * 4 + i]!];
        expect(x[j * 4 + i]).toBeCloseTo(from + (1 - 0.5 ** 3) * (to - from), 4);
      }
    });
  });

  it('aims at rows of other classes and keeps its own labels', () => {
    const game = toyGame(size);
    const { start, poison } = crafted(game);
    poison.baseIndices.forEach((row, j) => {
      expect(poison.y[j]).toBe(game.clean.y[row]);
      expect(game.clean.y[start.arrays.aims![j]!]).not.toBe(poison.y[j]);
    });
  });

  it('stays within the ball around its base rows', () => {
    const game = toyGame(size, { constraint: 'linf-ball' });
    const { poison } = crafted(game, { steps: 10, rate: 1 });
    poison.baseIndices.forEach((row, j) => {
      const base = game.stored(row);
      for (let i = 0; i < 4; i++) expect(Math.abs(poison.x[j * 4 + i]! - base[i]!)).toBeLessThanOrEqual(0.1 + 1e-6);
    });
  });
});
