import type { ResultCard } from './result-card';
import { cardText, compare, rounded, spread, summariseCurve } from './result-card';

describe('spread', () => {
  it('is the mean and the sample deviation', () => {
    expect(spread([1, 2, 3, 4])).toEqual({ mean: 2.5, sd: rounded(Math.sqrt(5 / 3)), values: [1, 2, 3, 4] });
  });

  it('has no deviation for one value, and no mean for none', () => {
    expect(spread([7])).toEqual({ mean: 7, sd: null, values: [7] });
    expect(spread([])).toEqual({ mean: null, sd: null, values: [] });
  });

  it('keeps a diverged run as null and never as NaN', () => {
    expect(spread([2, null, Number.NaN, 4])).toEqual({ mean: 3, sd: rounded(Math.SQRT2), values: [2, null, null, 4] });
  });
});

describe('compare', () => {
  it('takes the drop seed by seed', () => {
    const { drop } = compare([92, 91], [10, 21]);
    expect(drop).toEqual({ mean: 76, sd: rounded(Math.sqrt(72)), values: [82, 70] });
  });

  it('has no drop where a run diverged', () => {
    expect(compare([92, 91], [null, 21]).drop.values).toEqual([null, 70]);
  });
});

describe('summariseCurve', () => {
  it('gives the mean of the last ten epochs, the last and the best', () => {
    const curve = Array.from({ length: 12 }, (_, epoch) => epoch);
    expect(summariseCurve([99, ...curve])).toEqual({ final: 6.5, last: 11, best: 99, epochs: 10 });
  });

  it('takes what there is', () => {
    expect(summariseCurve([5])).toEqual({ final: 5, last: 5, best: 5, epochs: 1 });
    expect(summariseCurve([])).toBeNull();
  });
});

describe('cardText', () => {
  const none = spread([]);
  const comparison = { clean: none, poisoned: none, drop: none };
  const card: ResultCard = {
    id: 'x',
    manifestDigest: 'y',
    dataset: 'mnist',
    model: 'lr',
    attack: 'none',
    options: {},
    defence: 'none',
    poisonFraction: 0,
    poisonCount: 0,
    constraint: { kind: 'none', fixedLabels: false, violations: [] },
    target: null,
    residual: null,
    rowNorms: null,
    protocols: [
      {
        name: 'p-gc',
        seeds: [],
        ...comparison,
        last: comparison,
        best: comparison,
        epochs: 10,
        gradientNorm: { mean: 1, max: 1 },
        cleanGradientNorm: { mean: 1, max: 1 },
        seconds: 1,
      },
    ],
    reported: null,
    seconds: { craft: 0, total: 1 },
    seeds: [1],
    backend: 'wasm',
    backends: {},
    machine: {},
    flags: [],
  };

  it('reads back as the card', () => {
    expect(JSON.parse(cardText(card))).toEqual(card);
  });

  it('refuses a figure that is not finite', () => {
    expect(() => cardText({ ...card, seconds: { craft: Number.NaN, total: 1 } })).toThrow('card.seconds.craft');
  });
});
