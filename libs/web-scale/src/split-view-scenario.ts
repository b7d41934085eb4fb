/** The split-view scenario: its options, what several drawn markets come to under each protection, and which rows they hold. */
import { numberOption, textOption } from '@theriac/game';
import type { OptionSpec, OptionValues, Spread } from '@theriac/game';
import { randomStream } from '@theriac/tensors';
import type { RandomStream } from '@theriac/tensors';
import { expectedBoughtShare } from './domain-market';
import { download, downloadProtections, mismatchRate } from './download-protection';
import type { DownloadProtection, HashRates } from './download-protection';
import { poisoners } from './hash-measurement';
import type { Poisoner } from './hash-measurement';
import { imageHashes } from './image-hash';
import type { ImageHashName } from './image-hash';
import type { HashRow } from './measured-hash';
import { compared } from './published';
import type { PublishedShare } from './published';
import { shareSpread } from './share-spread';
import { expiredBy, splitView, viewOf } from './split-view';
import type { SplitView, SplitViewSettings, View } from './split-view';
import { zipfLaw } from './zipf-law';
import type { ZipfLaw } from './zipf-law';

const share = { type: 'number', minimum: 0, maximum: 1 } as const;
const years = { type: 'number', unit: 'years', minimum: 0, maximum: 100 } as const;
const option = (name: string, rest: Omit<OptionSpec, 'name'>): OptionSpec => ({ name, ...rest });

/** Defaults: what is published of LAION-400M and of Falcon RefinedWeb; Zipf, m, prices and times are our reading, and lambda is set so
 * that 0.24% of all rows lie on expired domains. */
export const splitViewOptions: readonly OptionSpec[] = [
  option('images', { type: 'integer', minimum: 1, maximum: 1e12, default: 4e8, description: 'rows of the index' }),
  option('domains', { type: 'integer', minimum: 1, maximum: 1e8, default: 5e6, description: 'domains they lie on' }),
  option('exponent', { type: 'number', minimum: 0, maximum: 5, default: 1, description: 's of the Zipf law of rows' }),
  option('hazard', {
    type: 'number',
    unit: 'per year',
    minimum: 0,
    maximum: 10,
    default: 0.0045,
    description: 'lambda, how often a domain expires',
  }),
  option('renewed', {
    type: 'integer',
    minimum: 0,
    maximum: 1e8,
    default: 1000,
    description: 'm, the largest domains, which never expire',
  }),
  option('age', { ...years, default: 1, description: 'time from curation to the first download' }),
  option('price', {
    type: 'number',
    unit: 'US dollars',
    minimum: 0.01,
    maximum: 1e6,
    default: 10,
    description: 'of a domain for a year, the median',
  }),
  option('price-spread', {
    type: 'number',
    minimum: 0,
    maximum: 5,
    default: 0,
    description: 'deviation of the logarithm of the price',
  }),
  option('budget', {
    type: 'number',
    unit: 'US dollars',
    minimum: 0,
    maximum: 1e9,
    default: 60,
    description: 'what the attacker spends at most',
  }),
  option('consumers', {
    type: 'integer',
    minimum: 1,
    maximum: 1e5,
    default: 800,
    description: 'downloads of the index',
  }),
  option('period', { ...years, default: 0.5, description: 'time over which they come' }),
  option('delay', { ...years, default: 0.1, description: 'time from the first download to the purchase' }),
  option('served', { ...share, default: 1, description: 'share of consumers that are served poison (cloaking)' }),
  option('drift', {
    type: 'number',
    unit: 'per year',
    minimum: 0,
    maximum: 100,
    default: 0.2438,
    description: 'd, how often bytes change without malice',
  }),
  option('same-content', { ...share, default: 0.95, description: 'share of changed rows that still show the same' }),
  option('hash', {
    type: 'string',
    choices: [...imageHashes],
    default: 'difference',
    description: 'the perceptual hash',
  }),
  option('tolerance', {
    type: 'integer',
    unit: 'bits of 64',
    minimum: 0,
    maximum: 24,
    default: 10,
    description: 'how far two perceptual hashes of one row may lie apart',
  }),
  option('poisoner', {
    type: 'string',
    choices: [...poisoners],
    default: 'searching',
    description: 'what the attacker puts there: any other image, that of the nearest hash, noise of 8/255',
  }),
  option('row-bytes', {
    type: 'number',
    unit: 'bytes',
    minimum: 1,
    maximum: 1e9,
    default: 25_000,
    description: 'size of a row, for what a mirror stores',
  }),
  option('repeats', { type: 'integer', minimum: 1, maximum: 1000, default: 20, description: 'markets drawn' }),
];

export interface SplitViewReport {
  readonly scenario: 'split-view';
  readonly seed: number;
  readonly options: OptionValues;
  readonly rates: HashRates;
  /** Closed form; null where prices spread. */
  readonly expectedShare: number | null;
  readonly boughtShare: Spread;
  readonly boughtRows: Spread;
  readonly domainsBought: Spread;
  readonly cost: Spread;
  readonly expiredShare: Spread;
  readonly mismatchRate: Spread;
  readonly reached: Spread;
  readonly protections: readonly {
    readonly id: DownloadProtection;
    /** Poison among what a consumer who is reached keeps. */
    readonly poisonShare: Spread;
    readonly epsilonD: Spread;
    readonly benignLoss: Spread;
    /** Bytes that the curator has to publish or store. */
    readonly curatorBytes: number;
  }[];
  readonly published: readonly PublishedShare[];
}

/** What the scenario comes to over its repeats. `rates`: what the perceptual hash lets pass. */
export function splitViewReport(options: OptionValues, rates: HashRates, seed: number): SplitViewReport {
  const { law, settings } = read(options);
  const found = Array.from({ length: numberOption(options, 'repeats') }, (_, repeat) =>
    splitView(law, settings, streamOf(seed, repeat)),
  );
  const views = found.map(({ market }) => reachedView(market, settings));
  const over = (of: (one: SplitView, at: number) => number): Spread => shareSpread(found.map(of));
  const images = numberOption(options, 'images');
  const bytes: Readonly<Record<DownloadProtection, number>> = {
    none: 0,
    'exact-hash': 32 * images,
    'perceptual-hash': 8 * images,
    mirror: numberOption(options, 'row-bytes') * images,
  };
  const boughtShare = over(({ market }) => market.boughtShare);
  const afterEightMonths = views.map((view) => mismatchRate({ ...view, poison: 0, ...driftAt(settings, 8 / 12) }));
  return {
    scenario: 'split-view',
    seed,
    options,
    rates,
    expectedShare: expectation(law, settings),
    boughtShare,
    boughtRows: over(({ market }) => market.boughtShare * images),
    domainsBought: over(({ market }) => market.bought.length),
    cost: over(({ market }) => market.cost),
    expiredShare: over(({ market }) => market.expiredShare),
    mismatchRate: shareSpread(views.map(mismatchRate)),
    reached: over(({ reached }) => reached),
    protections: downloadProtections.map((id) => {
      const downloads = views.map((view) => download(view, id, rates));
      return {
        id,
        poisonShare: shareSpread(downloads.map(({ poisonShare }) => poisonShare)),
        epsilonD: shareSpread(downloads.map(({ epsilonD }) => epsilonD)),
        benignLoss: shareSpread(downloads.map(({ benignLoss }) => benignLoss)),
        curatorBytes: bytes[id],
      };
    }),
    published: comparisons(boughtShare.mean ?? 0, images, found, shareSpread(afterEightMonths).mean ?? 0),
  };
}

/**
 * Which of `rows` rows, a uniform sample of the index, a consumer of the first market keeps as poison, ascending: those on bought
 * domains that pass the protection.
 */
export function capturedRows(
  options: OptionValues,
  rates: HashRates,
  seed: number,
  rows: number,
  protection: DownloadProtection,
): Int32Array {
  const { law, settings } = read(options);
  const random = streamOf(seed, 0);
  const { market } = splitView(law, settings, random);
  if (protection === 'exact-hash' || protection === 'mirror') return new Int32Array(0);
  const bought = new Set(market.bought.map(({ rank }) => rank));
  const places = random.fork('rows');
  const passes = random.fork('passes');
  const pass = protection === 'none' ? 1 : rates.bypass;
  return Int32Array.from({ length: rows }, (_, row) => row).filter(() => {
    const isBought = bought.has(law.rankAt(places.uniform()));
    return passes.uniform() < pass && isBought;
  });
}

const streamOf = (seed: number, repeat: number): RandomStream => randomStream(seed, 'split-view', repeat);

function read(options: OptionValues): { law: ZipfLaw; settings: SplitViewSettings } {
  const of = (name: string): number => numberOption(options, name);
  const law = zipfLaw(of('domains'), of('exponent'));
  const names = [
    'hazard',
    'renewed',
    'age',
    'price',
    'budget',
    'consumers',
    'period',
    'delay',
    'served',
    'drift',
  ] as const;
  const plain = Object.fromEntries(names.map((name) => [name, of(name)])) as Record<(typeof names)[number], number>;
  return { law, settings: { ...plain, priceSpread: of('price-spread') } };
}

/** What a consumer finds in the middle of the period, after the purchase, served. */
function reachedView(market: SplitView['market'], { age, period, drift }: SplitViewSettings): View {
  return viewOf(market, true, true, expiredBy(drift, age + period / 2));
}

function driftAt({ drift }: SplitViewSettings, time: number): Pick<View, 'drifted' | 'intact'> {
  const drifted = expiredBy(drift, time);
  return { drifted, intact: 1 - drifted };
}

function expectation(
  law: ZipfLaw,
  { hazard, renewed, age, price, priceSpread, budget }: SplitViewSettings,
): number | null {
  if (priceSpread > 0) return null;
  return expectedBoughtShare(law, expiredBy(hazard, age), Math.floor((budget / price) * (1 + 1e-12)), renewed);
}

function comparisons(
  bought: number,
  images: number,
  found: readonly SplitView[],
  mismatches: number,
): PublishedShare[] {
  const mean = (of: (one: SplitView) => number): number => shareSpread(found.map(of)).mean ?? 0;
  const carlini = 'Carlini et al. (S&P 2024)';
  return [
    compared('share of the index for 60 dollars', [1e-4, 1e-4], bought, 'result', `${carlini}, abstract: 0.01%`),
    compared('images for 60 dollars', [40_000, 75_000], bought * images, 'result', `${carlini}: 0.01% of both indexes`),
    compared(
      'share of documents on expired domains',
      [0.0024, 0.0024],
      mean(({ market }) => market.expiredShare),
      'input',
      'Falcon RefinedWeb, as cited after the paper',
    ),
    compared('hash mismatches after eight months', [0.15, 0.15], mismatches, 'input', 'img2dataset, pull request 258'),
    compared(
      'share of downloads that are reached',
      [0.6, 0.9],
      mean(({ reached }) => reached),
      'input',
      'course notes, of about 800 downloads in six months; what they count is our reading',
    ),
  ];
}

/** The options `hash`, `tolerance` and `poisoner`. */
export function hashChoice(options: OptionValues): { hash: ImageHashName; tolerance: number; poisoner: Poisoner } {
  return {
    hash: textOption(options, 'hash') as ImageHashName,
    tolerance: numberOption(options, 'tolerance'),
    poisoner: textOption(options, 'poisoner') as Poisoner,
  };
}

/** What the perceptual hash lets pass: of benign changes only those that still show the same. */
export function splitViewRates(options: OptionValues, row: HashRow, poisoner: Poisoner): HashRates {
  return { bypass: row.bypass[poisoner], benignPass: numberOption(options, 'same-content') * row.benignPass };
}
