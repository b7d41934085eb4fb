import fc from 'fast-check';
import { bestThreshold, leaderPayoff, shiftEquilibrium, thresholdError } from './shift-game';
import type { ShiftGame } from './shift-game';
import { searchShiftEquilibrium } from './shift-game-search';

const games: readonly ShiftGame[] = [
  { distance: 4, sd: 1, cost: 0.05, adverseShare: 0.5 },
  { distance: 4, sd: 1, cost: 0.05, adverseShare: 0.2 },
  { distance: 1, sd: 0.5, cost: 2, adverseShare: 0.5 },
  { distance: 3, sd: 2, cost: 0.5, adverseShare: 0.35 },
  { distance: 6, sd: 1.5, cost: 0.01, adverseShare: 0.6 },
];

describe('the shift game', () => {
  it.each(games)('has the equilibrium that a search finds, to 1e-6: %j', (game) => {
    const closed = shiftEquilibrium(game);
    const searched = searchShiftEquilibrium(game);
    for (const name of ['shift', 'threshold', 'error', 'payoff'] as const)
      expect(Math.abs(closed[name] - searched[name])).toBeLessThan(1e-6);
  });

  it('has these figures on paper: d = 4, sigma = 1, k = 1/8 give a = 2, theta = 1, an error of Phi(-1)', () => {
    const { shift, threshold, error } = shiftEquilibrium({ distance: 4, sd: 1, cost: 1 / 8, adverseShare: 0.5 });
    expect([shift, threshold]).toEqual([2, 1]);
    expect(error).toBeCloseTo(0.15865525393145707, 14);
  });

  const game = fc.record({
    distance: fc.double({ min: 0.5, max: 10, noNaN: true }),
    sd: fc.double({ min: 0.2, max: 3, noNaN: true }),
    cost: fc.double({ min: 0.01, max: 10, noNaN: true }),
    adverseShare: fc.double({ min: 0.05, max: 0.95, noNaN: true }),
  });

  it('leaves neither player a better move', () => {
    fc.assert(
      fc.property(game, fc.double({ min: -1, max: 1, noNaN: true }), (played, step) => {
        const { shift, threshold, error, payoff } = shiftEquilibrium(played);
        const other = shift + step * played.distance;
        expect(leaderPayoff(played, other)).toBeLessThanOrEqual(payoff + 1e-12);
        expect(thresholdError(played, shift, threshold + step)).toBeGreaterThanOrEqual(error - 1e-12);
      }),
    );
  });

  it('bounds the error as Bhattacharyya does, and a retrained threshold errs no more than the old one', () => {
    fc.assert(
      fc.property(game, (played) => {
        const { shift, error, payoff } = shiftEquilibrium(played);
        expect(error).toBeLessThanOrEqual(Math.exp(payoff + played.cost * shift ** 2) + 1e-15);
        expect(error).toBeLessThanOrEqual(thresholdError(played, shift, bestThreshold(played, 0)) + 1e-15);
      }),
    );
  });

  it.each([
    [{ distance: 0 }, /distance is 0; allowed: a finite number above 0/],
    [{ sd: Number.NaN }, /sd is NaN/],
    [{ cost: -1 }, /cost is -1/],
    [{ adverseShare: 1 }, /adverseShare is 1; allowed: between 0 and 1/],
  ])('refuses %j', (wrong, message) => {
    expect(() => shiftEquilibrium({ ...games[0]!, ...wrong })).toThrow(message);
    expect(() => searchShiftEquilibrium({ ...games[0]!, ...wrong })).toThrow(message);
  });
});
