import { normalCdf, normalDensity } from './normal-distribution';

describe('normalCdf', () => {
  // 30 digits, by mpmath's ncdf.
  it.each([
    [0, 0.5],
    [0.5, 0.6914624612740131036],
    [-1, 0.15865525393145705142],
    [1.96, 0.97500210485177952],
    [-3.5, 0.00023262907903552504],
    [-8, 6.220960574271784124e-16],
    [-20, 2.7536241186062336951e-89],
  ])('of %d is %d', (x, expected) => {
    expect(Math.abs(normalCdf(x) / expected - 1)).toBeLessThan(1e-13);
  });

  it('is the integral of the density (Simpson), and symmetric', () => {
    for (const x of [-4.2, -3.0001, -3, -1.7, 0.3, 2.2, 3, 3.3]) {
      const steps = 4000;
      const h = (x + 12) / steps;
      let sum = normalDensity(-12) + normalDensity(x);
      for (let i = 1; i < steps; i++) sum += (i % 2 === 0 ? 2 : 4) * normalDensity(-12 + i * h);
      expect(normalCdf(x)).toBeCloseTo((sum * h) / 3, 11);
      expect(normalCdf(x) + normalCdf(-x)).toBeCloseTo(1, 14);
    }
  });

  it('ends in 0 and 1', () => {
    expect([normalCdf(-Infinity), normalCdf(Infinity), normalCdf(-60)]).toEqual([0, 1, 0]);
  });
});
