import { parseOptions } from '@theriac/game';
import type { CraftGame, Poison } from '@theriac/game';
import { startBackend } from '@theriac/tensors/engine';
import { toyGame } from '@theriac/testing';
import { labelFlip } from './label-flip';

const size = { features: 6, classes: 5, clean: 400, poison: 60 };

beforeAll(async () => {
  await startBackend();
});

function crafted(game: CraftGame, options: Record<string, unknown> = {}): Poison {
  const values = parseOptions(labelFlip.options, options, labelFlip.id);
  const state = labelFlip.start(game, values);
  expect(state.done).toBe(true);
  return labelFlip.poison(state, game, values);
}

describe.each(['uniform', 'next', 'least-likely'])('rule %s', (rule) => {
  it('copies clean rows exactly and never keeps a label', () => {
    const game = toyGame(size);
    const poison = crafted(game, { rule });
    expect(poison.count).toBe(60);
    poison.baseIndices.forEach((row, j) => {
      expect(poison.x.subarray(j * 6, (j + 1) * 6)).toEqual(game.stored(row));
      expect(poison.y[j]).not.toBe(game.clean.y[row]);
      expect(poison.y[j]).toBeLessThan(5);
    });
    expect(new Set(poison.baseIndices).size).toBe(60);
  });
});

describe('label flip', () => {
  it('is the same for the same seed, and another for another', () => {
    const options = { rule: 'uniform' };
    expect(crafted(toyGame(size), options)).toEqual(crafted(toyGame(size), options));
    expect(crafted(toyGame(size, { seed: 2 }), options)).not.toEqual(crafted(toyGame(size), options));
  });

  it('spreads uniform labels over every wrong class', () => {
    const game = toyGame({ ...size, poison: 400 });
    const poison = crafted(game, { rule: 'uniform', selection: 'first' });
    const shifts = [0, 0, 0, 0, 0];
    poison.y.forEach((label, j) => shifts[(label - game.clean.y[j]! + 5) % 5]!++);
    expect(shifts[0]).toBe(0);
    for (const share of shifts.slice(1)) expect(share).toBeGreaterThan(60);
  });

  it('takes the first rows in order, and starts over when there are not enough', () => {
    const game = toyGame({ ...size, poison: 450 });
    const { baseIndices } = crafted(game, { selection: 'first' });
    expect(Array.from(baseIndices.subarray(398, 402))).toEqual([398, 399, 0, 1]);
  });

  it('finds the least likely wrong class by brute force over logits', () => {
    const game = toyGame(size);
    const poison = crafted(game, { rule: 'least-likely' });
    const logits = game.oracles.logits(game.wClean, game.clean);
    poison.baseIndices.forEach((row, j) => {
      const wrong = [0, 1, 2, 3, 4].filter((k) => k !== game.clean.y[row]);
      expect(logits[row * 5 + poison.y[j]!]).toBe(Math.min(...wrong.map((k) => logits[row * 5 + k]!)));
    });
  });

  it('refuses fixed labels, which leave it nothing to do', () => {
    expect(() => crafted(toyGame(size, { constraint: 'fixed-labels' }))).toThrow(/constraint is .*fixed-labels/);
  });
});
