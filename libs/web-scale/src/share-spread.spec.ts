import { spread } from '@theriac/game';
import { shareSpread } from './share-spread';

describe('shareSpread', () => {
  it('is the spread of cards, where that rounds nothing away', () => {
    expect(shareSpread([0.25, 0.5, 1])).toMatchObject({ mean: 0.583333, values: [0.25, 0.5, 1] });
    expect(shareSpread([0.25, 0.5, 1]).sd).toBeCloseTo(spread([0.25, 0.5, 1]).sd!, 6);
  });

  it('keeps what is small', () => {
    expect(shareSpread([4e-7, 6e-7])).toEqual({ values: [4e-7, 6e-7], mean: 5e-7, sd: 1.41421e-7 });
  });

  it('takes rounding for no deviation', () => expect(shareSpread([0.1, 0.1, 0.1, 0.1, 0.1, 0.1]).sd).toBe(0));

  it('has no deviation of one value, and no mean of none', () => {
    expect(shareSpread([0.1])).toEqual({ values: [0.1], mean: 0.1, sd: null });
    expect(shareSpread([])).toEqual({ values: [], mean: null, sd: null });
  });
});
