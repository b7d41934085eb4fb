import { decades, linearScale, logScale, niceTicks, tickText } from './scales';

describe('scales', () => {
  it('carries ends to ends and the middle to the middle', () => {
    const y = linearScale([0, 100], [300, 20]);
    expect([y(0), y(50), y(100)]).toEqual([300, 160, 20]);
    const x = logScale([0.01, 100], [0, 400]);
    expect([x(0.01), x(1), x(100)].map((value) => Math.round(value))).toEqual([0, 200, 400]);
    expect(linearScale([3, 3], [0, 10])(3)).toBe(5);
  });
});

describe('niceTicks', () => {
  it.each([
    [0, 100, 5, [0, 20, 40, 60, 80, 100]],
    [0, 100, 4, [0, 50, 100]],
    [0, 0.7, 4, [0, 0.2, 0.4, 0.6]],
    [1, 30, 3, [10, 20, 30]],
    [-3, 3, 4, [-2, 0, 2]],
    [5, 5, 4, [5]],
  ])('puts round numbers between %p and %p, about %p of them', (low, high, count, ticks) => {
    expect(niceTicks(low, high, count)).toEqual(ticks);
  });

  it('stays within the range and close to the count', () => {
    for (const [low, high] of [
      [0.0003, 0.028],
      [-17, 92],
      [1e6, 3e6],
    ] as const)
      for (const count of [3, 5, 8]) {
        const ticks = niceTicks(low, high, count);
        expect(ticks.length).toBeGreaterThanOrEqual(1);
        expect(ticks.length).toBeLessThanOrEqual(2 * count + 1);
        for (const tick of ticks) {
          expect(tick).toBeGreaterThanOrEqual(low - 1e-12);
          expect(tick).toBeLessThanOrEqual(high + 1e-12);
        }
      }
  });
});

it('spans a range in powers of ten', () => {
  expect(decades(0.003, 20)).toEqual([0.001, 0.01, 0.1, 1, 10, 100]);
  expect(decades(1, 1)).toEqual([1, 10]);
});

it('tells a tick as shortly as it can', () => {
  expect([0, 0.001, 25, 1e-4, 250000].map(tickText)).toEqual(['0', '0.001', '25', '1e-4', '3e5']);
});
