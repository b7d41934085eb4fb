import { randomStream } from '@theriac/tensors';
import { trendOf } from './trend';

/** 300 samples over an hour: a level, a slope per hour, a saw tooth, and noise that remembers. */
function series(seed: number, slope: number): { t: number; y: number }[] {
  const random = randomStream(seed, 'soak', 'trend');
  let drift = 0;
  return Array.from({ length: 300 }, (_, k) => {
    drift = 0.8 * drift + random.normal();
    return { t: k / 300, y: 400 + (slope * k) / 300 + (k % 7) + drift };
  });
}

describe('trendOf', () => {
  it('finds the slope of a line, exactly', () => {
    const { slope, low, high } = trendOf(Array.from({ length: 60 }, (_, k) => ({ t: k, y: 3 + 2 * k })));
    expect([slope, low, high]).toEqual([expect.closeTo(2, 9), expect.closeTo(2, 9), expect.closeTo(2, 9)]);
  });

  it('seldom sees growth where there is none, and sees what there is', () => {
    const seen = (slope: number) => Array.from({ length: 200 }, (_, k) => trendOf(series(k, slope)).low > 0);
    const share = (found: boolean[]) => found.filter(Boolean).length / found.length;
    expect(share(seen(0))).toBeLessThan(0.06);
    expect(share(seen(6))).toBeGreaterThan(0.95);
  });

  it('refuses a handful of samples', () => {
    expect(() => trendOf([{ t: 0, y: 0 }])).toThrow(/at least 6/);
  });
});
