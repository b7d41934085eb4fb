import { zipfLaw } from './zipf-law';

describe('zipfLaw', () => {
  it.each([
    [1, 1],
    [999, 0.7],
    [5000, 1],
    [20_000, 0],
    [20_000, 1.3],
  ])('of %d domains, s = %d: shares as summed one by one', (domains, s) => {
    let whole = 0;
    for (let r = 1; r <= domains; r++) whole += r ** -s;
    const law = zipfLaw(domains, s);
    for (const rank of [1, Math.ceil(domains / 2), domains])
      expect(law.share(rank) / (rank ** -s / whole)).toBeCloseTo(1, 12);
  });

  it('puts a share u of all rows at or below the rank at u', () => {
    const law = zipfLaw(3000, 1);
    let sum = 0;
    for (let rank = 1; rank <= 3000; rank++) {
      const middle = sum + law.share(rank) / 2;
      expect(law.rankAt(middle)).toBe(rank);
      sum += law.share(rank);
      expect(law.shareUpTo(rank)).toBeCloseTo(sum, 11);
    }
    expect([law.rankAt(0), law.rankAt(1 - 1e-12)]).toEqual([1, 3000]);
  });

  it('refuses what is no law', () => {
    expect(() => zipfLaw(0, 1)).toThrow(/domains is 0; allowed: a whole number of at least 1/);
    expect(() => zipfLaw(10, Number.NaN)).toThrow(/exponent is NaN; allowed: a number from 0 to 5/);
  });
});
