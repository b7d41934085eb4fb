import { randomStream } from '@theriac/tensors';
import fc from 'fast-check';
import { domainMarket, expectedBoughtShare } from './domain-market';
import { zipfLaw } from './zipf-law';

const settings = { expired: 0.05, renewed: 20, price: 10, priceSpread: 0, budget: 60 };

/** Every set of expired domains, one by one. */
function bruteForce(domains: number, s: number, p: number, k: number, renewed: number): number {
  const law = zipfLaw(domains, s);
  let expected = 0;
  const open = domains - renewed;
  for (let set = 0; set < 2 ** open; set++) {
    const places = Array.from({ length: open }, (_, i) => i).filter((place) => (set >> place) & 1);
    const ranks = places.map((place) => renewed + place + 1);
    const probability = p ** ranks.length * (1 - p) ** (open - ranks.length);
    expected += probability * ranks.slice(0, k).reduce((sum, rank) => sum + law.share(rank), 0);
  }
  return expected;
}

describe('the expected share that is bought', () => {
  it.each([
    [10, 1, 0.3, 2, 0],
    [12, 0.5, 0.7, 4, 3],
    [8, 1.5, 0.1, 8, 0],
    [9, 1, 0.4, 0, 1],
    [7, 1, 1, 3, 2],
    [7, 1, 0.6, 4, 3],
    [5, 1, 0.5, 2, 5],
  ])('of %d domains, s = %d, p = %d, k = %d, m = %d: as over every set of expired domains', (domains, s, p, k, m) => {
    expect(expectedBoughtShare(zipfLaw(domains, s), p, k, m)).toBeCloseTo(bruteForce(domains, s, p, k, m), 12);
  });

  it('is what markets come to on average', () => {
    const law = zipfLaw(20_000, 1);
    const shares = Array.from(
      { length: 400 },
      (_, seed) => domainMarket(law, settings, randomStream(seed)).boughtShare,
    );
    const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
    const sd = Math.sqrt(shares.reduce((sum, share) => sum + (share - mean) ** 2, 0) / (shares.length - 1));
    expect(Math.abs(mean - expectedBoughtShare(law, 0.05, 6, 20))).toBeLessThan((5 * sd) / Math.sqrt(shares.length));
  });
});

describe('a market', () => {
  const law = zipfLaw(5000, 1);
  const priced = fc.record({
    expired: fc.double({ min: 0, max: 1, noNaN: true }),
    renewed: fc.integer({ min: 0, max: 6000 }),
    price: fc.double({ min: 0.5, max: 50, noNaN: true }),
    priceSpread: fc.double({ min: 0, max: 2, noNaN: true }),
    budget: fc.double({ min: 0, max: 2000, noNaN: true }),
  });

  it('spends no more than the budget, on expired domains, each once; more money never buys less at one price', () => {
    fc.assert(
      fc.property(priced, fc.nat(1000), (found, seed) => {
        const market = domainMarket(law, found, randomStream(seed));
        expect(market.cost).toBeLessThanOrEqual(found.budget * (1 + 1e-9));
        expect(market.boughtShare).toBeLessThanOrEqual(market.expiredShare + 1e-12);
        expect(new Set(market.bought.map(({ rank }) => rank)).size).toBe(market.bought.length);
        const one = { ...found, priceSpread: 0 };
        const richer = domainMarket(law, { ...one, budget: 2 * found.budget }, randomStream(seed));
        expect(richer.boughtShare).toBeGreaterThanOrEqual(domainMarket(law, one, randomStream(seed)).boughtShare);
      }),
      { numRuns: 40 },
    );
  });

  it('is the same for the same seed, and another for another', () => {
    const of = (seed: number) => domainMarket(law, settings, randomStream(seed));
    expect(of(1)).toEqual(of(1));
    expect(of(1).bought).not.toEqual(of(2).bought);
  });

  it('has the expired share of its hazard on average', () => {
    const flat = zipfLaw(100_000, 0);
    const { expiredShare } = domainMarket(flat, { ...settings, expired: 0.0024, renewed: 0 }, randomStream(0));
    expect(Math.abs(expiredShare - 0.0024)).toBeLessThan(5 * Math.sqrt(0.0024 / 100_000));
  });

  it('buys everything or nothing at the ends', () => {
    const all = domainMarket(law, { ...settings, expired: 1, renewed: 0, budget: 1e6 }, randomStream(0));
    expect(all.boughtShare).toBeCloseTo(1, 10);
    expect(domainMarket(law, { ...settings, expired: 0 }, randomStream(0)).bought).toEqual([]);
    expect(domainMarket(law, { ...settings, budget: 0 }, randomStream(0)).bought).toEqual([]);
  });
});
