import { toyGame } from '@theriac/testing';
import { startBackend } from '@theriac/tensors/engine';
import { convexImplicitStart, pixelsOf } from './start';

describe('pixelsOf', () => {
  it('finds range, medians and the pixels of greatest variance', () => {
    const stored = Float32Array.from([0, 1, 5, 9, 1, 1, 1, 5, 2, 1, 6, 1]);
    const { low, high, medians, free } = pixelsOf(stored, 4, 2);
    expect([low, high]).toEqual([0, 9]);
    expect([...medians]).toEqual([1, 1, 5, 5]);
    expect([...free]).toEqual([2, 3]);
  });
});

describe('convexImplicitStart', () => {
  beforeAll(() => startBackend());

  it('stands at the ends of the range on free pixels, at medians elsewhere, with wrong labels', () => {
    const game = toyGame({ features: 6, classes: 3, clean: 50, poison: 5 }, { constraint: 'box' });
    const { stored, free, labels, baseIndices, sample, range } = convexImplicitStart(game, { rows: 20, pixels: 4 });
    expect([free.length, sample.length, new Set(sample).size]).toEqual([4, 20, 20]);
    const others = [0, 1, 2, 3, 4, 5].filter((i) => !free.includes(i));
    for (let j = 0; j < 5; j++) {
      const values = [...free].map((i) => stored[j * 6 + i]!);
      expect(Math.max(...values) - Math.min(...values)).toBeLessThanOrEqual(range + 1e-6);
      for (const i of others) expect(stored[j * 6 + i]).toBe(stored[i]);
      expect(labels[j]).not.toBe(game.clean.y[baseIndices[j]!]);
    }
    expect(new Set([...free].flatMap((i) => [0, 1, 2, 3, 4].map((j) => stored[j * 6 + i]))).size).toBe(2);
    game.oracles.dispose();
  });

  it('keeps the labels that it must', () => {
    const game = toyGame({ features: 6, classes: 3, clean: 50, poison: 5 }, { constraint: 'fixed-labels' });
    const { labels, baseIndices } = convexImplicitStart(game, { rows: 20, pixels: 4 });
    expect([...labels]).toEqual([...baseIndices].map((row) => game.clean.y[row]));
    game.oracles.dispose();
  });
});
