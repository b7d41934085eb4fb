/**
 * Split-view poisoning: an index names rows by address, curated at one time and downloaded at another. Of all rows, a consumer who
 * downloads T years after curation finds
 *   poison   c q(t)           on domains that the attacker bought, unless cloaked from this consumer,
 *   dead     e - c            on expired domains that nobody bought (all of e before the purchase),
 *   drifted  (1 - e) D(T)     bytes that changed without malice,  D(T) = 1 - exp(-d T),
 *   intact   the rest         as at curation, or served as such by a cloaking attacker.
 * Source: Carlini et al., "Poisoning Web-Scale Training Datasets is Practical" (S&P 2024). Rates, and that no further domain
 * expires between purchase and download, are our reading.
 */
import type { RandomStream } from '@theriac/tensors';
import { domainMarket } from './domain-market';
import type { Market, MarketSettings } from './domain-market';
import type { ZipfLaw } from './zipf-law';

export interface SplitViewSettings extends Omit<MarketSettings, 'expired'> {
  /** lambda: how often a domain expires, per year. */
  readonly hazard: number;
  /** Years from curation to the first download. */
  readonly age: number;
  /** Downloads of the index in the period that follows. */
  readonly consumers: number;
  /** Years over which they come, uniformly. */
  readonly period: number;
  /** Years from the first download to the purchase. */
  readonly delay: number;
  /** Share of consumers that are served poison; the others are shown what was there. */
  readonly served: number;
  /** d: how often a row's bytes change without malice, per year. */
  readonly drift: number;
}

/** What one consumer finds; shares of all rows of the index, summing to 1. */
export interface View {
  readonly poison: number;
  readonly dead: number;
  readonly drifted: number;
  readonly intact: number;
}

export interface SplitView {
  readonly market: Market;
  readonly views: readonly View[];
  /** Share of consumers that found poison. */
  readonly reached: number;
}

/** p = 1 - exp(-lambda T). */
export const expiredBy = (hazard: number, years: number): number => -Math.expm1(-hazard * years);

/** One index, one attacker, all consumers. Draws from the stream's forks 'market' and 'consumers'. */
export function splitView(law: ZipfLaw, settings: SplitViewSettings, random: RandomStream): SplitView {
  const { hazard, age, period, delay, served, drift, consumers } = settings;
  const market = domainMarket(law, { ...settings, expired: expiredBy(hazard, age) }, random.fork('market'));
  const draws = random.fork('consumers');
  const views = Array.from({ length: consumers }, () => {
    const since = draws.uniform() * period;
    const isServed = draws.uniform() < served;
    return viewOf(market, since >= delay, isServed, expiredBy(drift, age + since));
  });
  return { market, views, reached: views.filter(({ poison }) => poison > 0).length / Math.max(1, consumers) };
}

/** What a consumer finds, by whether the domains are bought by then and whether the attacker serves them. */
export function viewOf(
  { boughtShare, expiredShare }: Pick<Market, 'boughtShare' | 'expiredShare'>,
  owned: boolean,
  served: boolean,
  driftedShare: number,
): View {
  const poison = owned && served ? boughtShare : 0;
  const dead = owned ? Math.max(0, expiredShare - boughtShare) : expiredShare;
  const drifted = (1 - expiredShare) * driftedShare;
  return { poison, dead, drifted, intact: 1 - poison - dead - drifted };
}
