/** The frontrunning scenario: its options, what several drawn snapshots come to under each protection, and which articles. */
import { numberOption, textOption } from '@theriac/game';
import type { OptionSpec, OptionValues, Spread } from '@theriac/game';
import { invalid, randomStream } from '@theriac/tensors';
import { bestLead, expectedCapture } from './expected-capture';
import { ageDeviation, captureRule, frontrun, snapshotProtections } from './frontrunning';
import type { FrontrunningSettings, SnapshotProtection } from './frontrunning';
import { compared } from './published';
import type { PublishedShare } from './published';
import { revertLaw, revertLaws } from './revert-law';
import type { RevertLaw, RevertLawName } from './revert-law';
import { shareSpread } from './share-spread';

const minutes = { type: 'number', unit: 'minutes', maximum: 1e6 } as const;
const hours = { type: 'number', unit: 'hours', maximum: 1e5 } as const;
const option = (name: string, rest: Omit<OptionSpec, 'name'>): OptionSpec => ({ name, ...rest });

/** Defaults: an attacker who tells the moment to half an hour, as published; the rest is our reading. */
export const frontrunningOptions: readonly OptionSpec[] = [
  option('articles', {
    type: 'integer',
    minimum: 1,
    maximum: 1e7,
    default: 100_000,
    description: 'articles of the snapshot',
  }),
  option('edited', {
    type: 'number',
    minimum: 0,
    maximum: 1,
    default: 1,
    description: 'share of them that the attacker edits',
  }),
  option('duration', { ...hours, minimum: 0.01, default: 96, description: 'how long the snapshot takes' }),
  option('jitter', { ...minutes, minimum: 0, default: 5, description: 'deviation of a capture from its schedule' }),
  option('error', { ...minutes, minimum: 0, default: 30, description: "deviation of the attacker's prediction" }),
  option('lead', {
    type: 'string',
    default: 'auto',
    description: 'minutes from the edit to the predicted capture; auto: the best against each protection',
  }),
  option('revert-law', {
    type: 'string',
    choices: [...revertLaws],
    default: 'heavy-tailed',
    description: 'how long edits stand',
  }),
  option('revert-median', { ...minutes, minimum: 0.01, default: 5, description: 'half of the edits are gone by then' }),
  option('revert-tail', {
    type: 'number',
    minimum: 0.05,
    maximum: 10,
    default: 0.6,
    description: 'exponent of the heavy tail; smaller: more edits stay for long',
  }),
  option('wait', {
    ...hours,
    minimum: 0,
    default: 24,
    description: 'how long an article has to have stood (settled), or reverts are still applied (late-correction)',
  }),
  option('benign-edits', {
    type: 'number',
    unit: 'per article and day',
    minimum: 0,
    maximum: 1000,
    default: 0.027,
    description: 'honest edits, for what waiting leaves out',
  }),
  option('repeats', { type: 'integer', minimum: 1, maximum: 1000, default: 10, description: 'snapshots drawn' }),
];

export interface FrontrunningReport {
  readonly scenario: 'frontrunning';
  readonly seed: number;
  readonly options: OptionValues;
  /** Edits that the attacker makes, and how many an hour. */
  readonly edits: number;
  readonly editsPerHour: number;
  readonly protections: readonly {
    readonly id: SnapshotProtection;
    /** Minutes. */
    readonly lead: number;
    readonly expectedShare: number;
    /** Poisoned articles among all of the dump. */
    readonly poisonShare: Spread;
    readonly epsilonD: Spread;
    /** Articles whose latest honest edit the dump leaves out. */
    readonly staleShare: number;
    /** Hours by which the dump is released later. */
    readonly delayHours: number;
  }[];
  readonly published: readonly PublishedShare[];
}

/** What the scenario comes to over its repeats. */
export function frontrunningReport(options: OptionValues, seed: number): FrontrunningReport {
  const { settings, law } = read(options);
  const waitDays = numberOption(options, 'wait') / 24;
  const stale = -Math.expm1(-numberOption(options, 'benign-edits') * waitDays);
  const edits = Math.round(settings.edited * settings.articles);
  const protections = snapshotProtections.map((id) => {
    const lead = leadAgainst(id, options);
    const rule = captureRule(id, settings);
    const shares = Array.from(
      { length: numberOption(options, 'repeats') },
      (_, repeat) =>
        frontrun(settings, law, rule, lead, randomStream(seed, 'frontrunning', repeat)).length / settings.articles,
    );
    return {
      id,
      lead,
      expectedShare: settings.edited * expectedCapture(law, rule, lead, ageDeviation(settings)),
      poisonShare: shareSpread(shares),
      epsilonD: shareSpread(shares.map((share) => (share < 1 ? share / (1 - share) : 0))),
      staleShare: id === 'settled' ? stale : 0,
      delayHours: id === 'late-correction' ? numberOption(options, 'wait') : 0,
    };
  });
  const bare = protections[0]?.poisonShare.mean ?? 0;
  return {
    scenario: 'frontrunning',
    seed,
    options,
    edits,
    editsPerHour: edits / numberOption(options, 'duration'),
    protections,
    published: [
      compared('share of documents in the dump', [0.065, 0.065], bare, 'result', 'Carlini et al. (S&P 2024): 6.5%'),
      compared(
        'error of the prediction, in minutes',
        [30, 30],
        settings.error,
        'input',
        'Carlini et al. (S&P 2024): about half an hour, or minutes',
      ),
    ],
  };
}

/** Which of `rows` articles the first snapshot holds as poison, ascending. */
export function capturedArticles(
  options: OptionValues,
  seed: number,
  rows: number,
  protection: SnapshotProtection,
): Int32Array {
  const { settings, law } = read(options);
  const rule = captureRule(protection, settings);
  const random = randomStream(seed, 'frontrunning', 0);
  return Int32Array.from(
    frontrun({ ...settings, articles: rows }, law, rule, leadAgainst(protection, options), random),
  );
}

function read(options: OptionValues): { settings: FrontrunningSettings; law: RevertLaw } {
  const of = (name: string): number => numberOption(options, name);
  const name = textOption(options, 'revert-law') as RevertLawName;
  return {
    law: revertLaw(name, of('revert-median'), of('revert-tail')),
    settings: {
      articles: of('articles'),
      edited: of('edited'),
      duration: 60 * of('duration'),
      jitter: of('jitter'),
      error: of('error'),
      wait: 60 * of('wait'),
    },
  };
}

function leadAgainst(protection: SnapshotProtection, options: OptionValues): number {
  const { settings, law } = read(options);
  const asked = textOption(options, 'lead');
  if (asked === 'auto') return bestLead(law, captureRule(protection, settings), ageDeviation(settings));
  const lead = asked.trim() === '' ? Number.NaN : Number(asked);
  if (Number.isFinite(lead) && Math.abs(lead) <= 1e6) return lead;
  throw invalid('frontrunning.lead', asked, 'auto, or a number of minutes from -1000000 to 1000000');
}
