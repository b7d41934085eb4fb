import { keepMasks } from './dropout-masks';

const layers = [
  { rate: 0.25, width: 999 },
  { rate: 0.5, width: 200 },
];

describe('keep-masks', () => {
  it('are 0 or 1 for every activation, 1 with probability 1 - rate', () => {
    const masks = keepMasks(layers, 100, 3, 0);
    expect(masks.map(({ length }) => length)).toEqual([99900, 20000]);
    masks.forEach((mask, layer) => {
      const { rate } = layers[layer]!;
      const kept = mask.reduce((sum, value) => sum + value, 0);
      expect(mask.every((value) => value === 0 || value === 1)).toBe(true);
      // Five deviations of a binomial.
      expect(Math.abs(kept - mask.length * (1 - rate))).toBeLessThan(5 * Math.sqrt(mask.length * rate * (1 - rate)));
    });
  });

  it('depend on layer, seed and step, and on nothing else', () => {
    const layer = layers[1]!;
    const of = (seed: number, step: number): Uint8Array[] => keepMasks([layer, layer], 4, seed, step);
    expect(of(1, 2)).toEqual(of(1, 2));
    expect(of(1, 2)[0]).not.toEqual(of(1, 2)[1]);
    expect(of(1, 2)).not.toEqual(of(2, 2));
    expect(of(1, 2)).not.toEqual(of(1, 3));
  });
});
