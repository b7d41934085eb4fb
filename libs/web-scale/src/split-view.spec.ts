import { randomStream } from '@theriac/tensors';
import fc from 'fast-check';
import { expectedBoughtShare } from './domain-market';
import { download, downloadProtections, mismatchRate } from './download-protection';
import { expiredBy, splitView, viewOf } from './split-view';
import type { SplitViewSettings } from './split-view';
import { zipfLaw } from './zipf-law';

const published: SplitViewSettings = {
  hazard: 0.0045,
  renewed: 1000,
  age: 1,
  price: 10,
  priceSpread: 0,
  budget: 60,
  consumers: 200,
  period: 0.5,
  delay: 0.1,
  served: 1,
  drift: 0.2438,
};
const law = zipfLaw(1_000_000, 1);
const rates = { bypass: 0.1, benignPass: 0.9 };

const share = fc.double({ min: 0, max: 1, noNaN: true });
const view = fc
  .tuple(share, share, share)
  .map(([a, b, c]) => viewOf({ expiredShare: a, boughtShare: a * b }, true, true, c));

describe('what consumers find', () => {
  it('sums to everything, for every consumer', () => {
    fc.assert(
      fc.property(share, share, share, fc.boolean(), fc.boolean(), (e, b, drifted, owned, served) => {
        const found = viewOf({ expiredShare: e, boughtShare: e * b }, owned, served, drifted);
        for (const part of Object.values(found)) expect(part).toBeGreaterThanOrEqual(-1e-15);
        expect(found.poison + found.dead + found.drifted + found.intact).toBeCloseTo(1, 14);
        if (!owned || !served) expect(found.poison).toBe(0);
      }),
    );
  });

  it('has the expected share of poison, and reaches those who come after the purchase', () => {
    const found = Array.from({ length: 100 }, (_, seed) => splitView(law, published, randomStream(seed)));
    const mean = (of: (one: (typeof found)[number]) => number): number =>
      found.reduce((sum, one) => sum + of(one), 0) / found.length;
    const expected = expectedBoughtShare(law, expiredBy(0.0045, 1), 6, 1000);
    const bought = mean(({ market }) => market.boughtShare);
    const sd = Math.sqrt(mean(({ market }) => (market.boughtShare - bought) ** 2));
    expect(Math.abs(bought - expected)).toBeLessThan((5 * sd) / 10);
    expect(Math.abs(mean(({ reached }) => reached) - 0.8)).toBeLessThan(5 * Math.sqrt(0.16 / (100 * 200)));
  });

  it('is cloaked from those who are not served', () => {
    const { reached } = splitView(law, { ...published, delay: 0, served: 0.3, consumers: 5000 }, randomStream(1));
    expect(Math.abs(reached - 0.3)).toBeLessThan(5 * Math.sqrt(0.21 / 5000));
    expect(splitView(law, { ...published, served: 0 }, randomStream(1)).reached).toBe(0);
  });

  it('drifts as published: about 15% of the bytes within eight months', () => {
    expect(expiredBy(published.drift, 8 / 12)).toBeCloseTo(0.15, 3);
  });

  it('is the same for the same seed', () => {
    expect(splitView(law, published, randomStream(3))).toEqual(splitView(law, published, randomStream(3)));
  });
});

describe('a protected download', () => {
  it('never holds more poison than an unprotected one, and loses what it says', () => {
    fc.assert(
      fc.property(view, share, share, (found, bypass, benignPass) => {
        const open = download(found, 'none', rates);
        expect(open.benignLoss).toBe(0);
        for (const protection of downloadProtections) {
          const { poison, kept, poisonShare, epsilonD } = download(found, protection, { bypass, benignPass });
          expect(poison).toBeLessThanOrEqual(found.poison);
          expect(poison).toBeLessThanOrEqual(kept + 1e-15);
          expect(poisonShare * kept).toBeCloseTo(poison, 12);
          if (kept > poison) expect(epsilonD * (kept - poison)).toBeCloseTo(poison, 12);
        }
        expect(download(found, 'exact-hash', rates).poison).toBe(0);
        expect(download(found, 'mirror', rates)).toMatchObject({ poison: 0, kept: 1, benignLoss: 0 });
      }),
    );
  });

  it('by a perceptual hash lies between none and an exact one', () => {
    fc.assert(
      fc.property(view, (found) => {
        const at = (bypass: number, benignPass: number) => download(found, 'perceptual-hash', { bypass, benignPass });
        expect(at(0, 0)).toEqual(download(found, 'exact-hash', rates));
        expect(at(1, 1)).toEqual(download(found, 'none', rates));
      }),
    );
  });

  it('has these figures by hand', () => {
    const found = { poison: 0.01, dead: 0.04, drifted: 0.15, intact: 0.8 };
    expect(mismatchRate(found)).toBeCloseTo(0.16 / 0.96, 14);
    expect(download(found, 'exact-hash', rates).benignLoss).toBeCloseTo(0.15 / 0.95, 14);
    const tolerant = download(found, 'perceptual-hash', rates);
    expect(tolerant.poisonShare).toBeCloseTo(0.001 / (0.001 + 0.135 + 0.8), 14);
    expect(tolerant.benignLoss).toBeCloseTo(0.015 / 0.95, 14);
  });
});
