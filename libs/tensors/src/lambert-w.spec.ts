import fc from 'fast-check';
import { lambertW, transitionConstant } from './lambert-w';

describe('lambertW', () => {
  it('inverts w e^w', () => {
    fc.assert(
      fc.property(fc.double({ min: -0.9, max: 700, noNaN: true }), (w) => {
        const x = w * Math.exp(w);
        expect(Math.abs(lambertW(x) - w)).toBeLessThanOrEqual(1e-13 * Math.max(1, Math.abs(w)));
      }),
      { numRuns: 2000 },
    );
  });

  it('solves its equation next to the branch point', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 0.2, noNaN: true }), (distance) => {
        const x = -1 / Math.E + distance * distance;
        const w = lambertW(x);
        expect(w).toBeGreaterThanOrEqual(-1);
        expect(Math.abs(w * Math.exp(w) - x)).toBeLessThan(1e-15);
      }),
      { numRuns: 2000 },
    );
  });

  it('has its known values', () => {
    expect(lambertW(0)).toBe(0);
    expect(lambertW(Math.E)).toBeCloseTo(1, 15);
    expect(lambertW(1)).toBeCloseTo(0.567143290409784, 15);
    expect(lambertW(-1 / Math.E)).toBeCloseTo(-1, 7);
    expect(lambertW(-Math.exp(-1))).toBeCloseTo(-1, 7);
    expect(lambertW(1e300)).toBeCloseTo(684.2472086297608, 10);
    expect(lambertW(Infinity)).toBe(Infinity);
  });

  it('refuses what has no value', () => {
    expect(() => lambertW(-0.4)).toThrow('x is -0.4; allowed: a number >= -1/e');
    expect(() => lambertW(Number.NaN)).toThrow('x is NaN');
  });
});

describe('transitionConstant', () => {
  it.each([
    [2, 0.278465],
    [3, 0.463056],
    [10, 1.101003],
    [100, 2.62865],
    [200, 3.14689],
  ])('is W((c-1)/e) for %i classes', (classes, expected) => {
    expect(transitionConstant(classes)).toBeCloseTo(expected, 6);
  });

  it.each([2, 10, 200])('is the largest -(CE - H) of one example over all margins, for %i classes', (classes) => {
    let largest = -Infinity;
    for (let t = 0; t < 12; t += 1e-3) largest = Math.max(largest, ((classes - 1) * t) / (Math.exp(t) + classes - 1));
    expect(transitionConstant(classes)).toBeCloseTo(largest, 6);
  });

  it('refuses fewer than two classes', () => {
    for (const classes of [1, 0, 2.5, Number.NaN]) expect(() => transitionConstant(classes)).toThrow('classes is');
  });
});
