/**
 * Expired domains and who buys them. A domain expires at a hazard lambda per year, so that it is for sale after T years with
 *   p = 1 - exp(-lambda T),
 * each independently of the others, but for the m largest, which their owners renew. The attacker buys by rows per dollar, the most first, whatever the budget still allows.
 * Source: Carlini et al., "Poisoning Web-Scale Training Datasets is Practical" (S&P 2024), section on split-view
 * poisoning: domains bought in order of their cost per image. One hazard, and m, are our reading.
 */
import type { RandomStream } from '@theriac/tensors';
import type { ZipfLaw } from './zipf-law';

export interface MarketSettings {
  /** p, the probability that a domain is for sale. */
  readonly expired: number;
  /** m: the largest domains, which never are. */
  readonly renewed: number;
  /** US dollars for a domain and a year; the median where prices spread. */
  readonly price: number;
  /** Deviation of the logarithm of the price; 0: one price. */
  readonly priceSpread: number;
  /** US dollars that the attacker spends at most. */
  readonly budget: number;
}

export interface Purchase {
  readonly rank: number;
  /** Of all rows of the index. */
  readonly share: number;
  readonly price: number;
}

export interface Market {
  readonly expiredDomains: number;
  /** Of all rows, on expired domains. */
  readonly expiredShare: number;
  readonly bought: readonly Purchase[];
  readonly boughtShare: number;
  /** US dollars spent. */
  readonly cost: number;
}

/** One market, drawn from the stream's forks 'expiry' and 'prices'. */
export function domainMarket(law: ZipfLaw, settings: MarketSettings, random: RandomStream): Market {
  const { expired, renewed, price, priceSpread, budget } = settings;
  const prices = random.fork('prices');
  const offers = expiredRanks(renewed, law.domains, expired, random.fork('expiry')).map((rank): Purchase => ({
    rank,
    share: law.share(rank),
    price: priceSpread === 0 ? price : price * Math.exp(priceSpread * prices.normal()),
  }));
  const expiredShare = offers.reduce((sum, { share }) => sum + share, 0);
  const byValue = [...offers].sort((a, b) => b.share / b.price - a.share / a.price || a.rank - b.rank);
  const bought: Purchase[] = [];
  let cost = 0;
  for (const offer of byValue)
    if (cost + offer.price <= budget * (1 + 1e-12)) {
      bought.push(offer);
      cost += offer.price;
    }
  const boughtShare = bought.reduce((sum, { share }) => sum + share, 0);
  return { expiredDomains: offers.length, expiredShare, bought, boughtShare, cost };
}

/** The ranks of m + 1..D that come up with probability p each, in order; drawn by the gaps between them. */
function expiredRanks(renewed: number, domains: number, p: number, random: RandomStream): number[] {
  if (p >= 1) return Array.from({ length: Math.max(0, domains - renewed) }, (_, index) => renewed + index + 1);
  const ranks: number[] = [];
  if (p <= 0) return ranks;
  for (let rank = renewed; ;) {
    rank += 1 + Math.floor(Math.log1p(-random.uniform()) / Math.log1p(-p));
    if (rank > domains) return ranks;
    ranks.push(rank);
  }
}

/**
 * The share that the attacker is expected to buy at one price for all, k = floor(budget / price) domains: the k best of those that
 * expired, so that rank r is bought when it expired and fewer than k before it did,
 *   sum over r > m of z(r) p P(Binomial(r - 1 - m, p) <= k - 1).
 */
export function expectedBoughtShare(law: ZipfLaw, p: number, k: number, renewed: number): number {
  if (k <= 0 || p <= 0) return 0;
  if (k >= law.domains - renewed) return p * (1 - law.shareUpTo(renewed));
  // before[j - from] = P(j of the ranks so far have expired), kept where it is not negligible.
  let before = [1];
  let from = 0;
  let expected = 0;
  for (let rank = renewed + 1; rank <= law.domains; rank++) {
    const open = before.reduce((sum, probability) => sum + probability, 0);
    if (open < 1e-14) break;
    expected += law.share(rank) * p * open;
    const after = new Array<number>(Math.min(before.length + 1, k - from)).fill(0);
    before.forEach((probability, j) => {
      after[j]! += probability * (1 - p);
      if (j + 1 < after.length) after[j + 1]! += probability * p;
    });
    let skip = 0;
    while (skip < after.length - 1 && after[skip]! < 1e-18) skip++;
    from += skip;
    let end = after.length;
    while (end - skip > 1 && after[end - 1]! < 1e-18) end--;
    before = after.slice(skip, end);
  }
  return expected;
}
