import { normalCdf, randomStream } from '@theriac/tensors';
import fc from 'fast-check';
import { bestLead, expectedCapture } from './expected-capture';
import { ageDeviation, captureRule, frontrun, snapshotProtections } from './frontrunning';
import type { FrontrunningSettings } from './frontrunning';
import { revertLaw, revertLaws } from './revert-law';

const settings: FrontrunningSettings = {
  articles: 20_000,
  edited: 1,
  duration: 5760,
  jitter: 5,
  error: 30,
  wait: 1440,
};
const lomax = revertLaw('heavy-tailed', 5, 0.6);
const open = captureRule('none', settings);

describe('the laws of reverts', () => {
  it.each(revertLaws)('%s: half have gone at the median, and draws follow the survival', (name) => {
    const law = revertLaw(name, 7, 0.8);
    expect([law.survival(0), law.survival(7)]).toEqual([1, expect.closeTo(0.5, 12)]);
    const random = randomStream(0);
    const draws = Array.from({ length: 40_000 }, () => law.draw(random));
    for (const t of [0.5, 7, 40]) {
      const share = draws.filter((minutes) => minutes > t).length / draws.length;
      expect(Math.abs(share - law.survival(t))).toBeLessThan(5 * Math.sqrt(0.25 / draws.length));
    }
  });

  it('refuse what is no time', () => {
    expect(() => revertLaw('exponential', 0, 1)).toThrow(/median is 0/);
    expect(() => revertLaw('heavy-tailed', 5, -1)).toThrow(/tail is -1/);
  });
});

describe('the expected share', () => {
  it('of exponential reverts is its closed form', () => {
    const median = 12;
    const l = Math.LN2 / median;
    const law = revertLaw('exponential', median, 1);
    for (const [lead, s, least, beyond] of [
      [40, 30, 0, 0],
      [5, 2, 0, 60],
      [100, 25, 90, 0],
      [-3, 10, 0, 5],
    ] as const) {
      const closed = Math.exp(-l * (lead + beyond) + (l * s) ** 2 / 2) * normalCdf((lead - least - l * s ** 2) / s);
      expect(expectedCapture(law, { least, beyond, window: 0 }, lead, s)).toBeCloseTo(closed, 9);
    }
  });

  it('of a random order without noise is the mean survival over the snapshot', () => {
    const [a, b, w] = [0.6, 5 / (2 ** (1 / 0.6) - 1), 5760];
    const closed = (b / (w * (1 - a))) * ((1 + w / b) ** (1 - a) - 1);
    expect(expectedCapture(lomax, captureRule('random-order', settings), 0, 0)).toBeCloseTo(closed, 4);
  });

  it('without noise is the survival at the lead', () => {
    expect(expectedCapture(lomax, open, 10, 0)).toBeCloseTo(lomax.survival(10), 5);
    expect(expectedCapture(lomax, open, -10, 0)).toBe(0);
  });

  it.each(snapshotProtections)('is what simulations under %s come to', (protection) => {
    const rule = captureRule(protection, { ...settings, wait: 60 });
    const lead = rule.least + 45;
    const expected = expectedCapture(lomax, rule, lead, ageDeviation(settings));
    const share = frontrun(settings, lomax, rule, lead, randomStream(5)).length / settings.articles;
    expect(Math.abs(share - expected)).toBeLessThan(5 * Math.sqrt((expected * (1 - expected)) / settings.articles));
  });

  it('is greatest at the best lead', () => {
    for (const protection of snapshotProtections) {
      const rule = captureRule(protection, settings);
      const lead = bestLead(lomax, rule, 30);
      const best = expectedCapture(lomax, rule, lead, 30);
      for (let other = rule.least - 280; other < rule.least + 290; other += 7)
        expect(expectedCapture(lomax, rule, other, 30)).toBeLessThanOrEqual(best + 1e-7);
    }
  });
});

describe('a snapshot', () => {
  const random = fc.record({
    articles: fc.integer({ min: 1, max: 300 }),
    edited: fc.double({ min: 0, max: 1, noNaN: true }),
    duration: fc.double({ min: 1, max: 10_000, noNaN: true }),
    jitter: fc.double({ min: 0, max: 60, noNaN: true }),
    error: fc.double({ min: 0, max: 60, noNaN: true }),
    wait: fc.double({ min: 0, max: 3000, noNaN: true }),
  });

  it('holds each edited article at most once, ascending, and no fewer without protection', () => {
    fc.assert(
      fc.property(random, fc.nat(500), fc.constantFrom(...snapshotProtections), (found, seed, protection) => {
        const of = (kind: typeof protection): number[] =>
          frontrun(found, lomax, captureRule(kind, found), 40, randomStream(seed));
        const captured = of(protection);
        expect(captured.length).toBeLessThanOrEqual(Math.round(found.edited * found.articles));
        expect(captured.every((article, i) => i === 0 || article > captured[i - 1]!)).toBe(true);
        expect(of(protection)).toEqual(captured);
        const bare = new Set(of('none'));
        if (protection === 'settled' || protection === 'late-correction')
          expect(captured.every((article) => bare.has(article))).toBe(true);
        if (protection === 'dump-hash') expect(captured).toEqual([...bare]);
      }),
      { numRuns: 60 },
    );
  });

  it('holds nothing where nothing is edited, and everything where nothing is reverted', () => {
    expect(frontrun({ ...settings, edited: 0 }, lomax, open, 30, randomStream(0))).toEqual([]);
    const never = { survival: () => 1, draw: () => Infinity };
    const small = { ...settings, articles: 50, error: 0, jitter: 0 };
    expect(frontrun(small, never, open, 30, randomStream(0))).toHaveLength(50);
  });
});
