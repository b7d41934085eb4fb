/**
 * Frontrunning poisoning: articles are captured one after another, article k at T0 + k/rate + jitter; the attacker predicts that
 * moment with an error, and edits a lead L before it. Moderation reverts the edit after R. With the age A of the edit at its capture,
 *   A = L + jitter - error  ~ N(L, s^2),   s^2 = jitter^2 + error^2,
 * the dump holds the poison where A >= 0 and R > A. Protections change the two conditions, or the law of A:
 *   random-order   nobody can tell when an article comes: A ~ L + U W + N(0, s^2), U uniform, W the length of the snapshot
 *   settled        an article is taken as it stood F before, unless reverted since: A >= F and R > A
 *   late-correction reverts up to C after the capture are applied to the dump before it is released: R > A + C
 *   dump-hash      hashes of the released dump: nobody can change it later, and nothing of the above changes
 * Source: Carlini et al., "Poisoning Web-Scale Training Datasets is Practical" (S&P 2024), frontrunning; distributions and their
 * numbers are our reading.
 */
import type { RandomStream } from '@theriac/tensors';
import type { RevertLaw } from './revert-law';

export const snapshotProtections = ['none', 'random-order', 'settled', 'late-correction', 'dump-hash'] as const;
export type SnapshotProtection = (typeof snapshotProtections)[number];

/** Times in minutes. */
export interface FrontrunningSettings {
  readonly articles: number;
  /** Share of the articles that the attacker edits. */
  readonly edited: number;
  /** W: how long the snapshot takes. */
  readonly duration: number;
  /** Deviation of the capture from its schedule. */
  readonly jitter: number;
  /** Deviation of the attacker's prediction. */
  readonly error: number;
  /** F of `settled`, C of `late-correction`. */
  readonly wait: number;
}

/** The conditions on the age A of an edit: at least `least`, and the edit stands `beyond` longer; spread over `window`. */
export interface CaptureRule {
  readonly least: number;
  readonly beyond: number;
  readonly window: number;
}

/** The rule of a protection. */
export function captureRule(protection: SnapshotProtection, { duration, wait }: FrontrunningSettings): CaptureRule {
  return {
    least: protection === 'settled' ? wait : 0,
    beyond: protection === 'late-correction' ? wait : 0,
    window: protection === 'random-order' ? duration : 0,
  };
}

/** s, the deviation of the age of an edit. */
export const ageDeviation = ({ jitter, error }: FrontrunningSettings): number => Math.hypot(jitter, error);

/** The articles whose poison the dump holds, ascending. Draws from the stream's forks 'order', 'times' and 'reverts'. */
export function frontrun(
  settings: FrontrunningSettings,
  law: RevertLaw,
  rule: CaptureRule,
  lead: number,
  random: RandomStream,
): number[] {
  const { articles, edited, jitter, error } = settings;
  const edits = Math.round(edited * articles);
  const chosen = random.fork('chosen').permutation(articles).subarray(0, edits);
  const place = rule.window === 0 ? undefined : random.fork('order').permutation(articles);
  const times = random.fork('times');
  const reverts = random.fork('reverts');
  const captured: number[] = [];
  for (const article of chosen) {
    const late = place === undefined ? 0 : ((place[article]! + 0.5) / articles) * rule.window;
    const age = lead + late + jitter * times.normal() - error * times.normal();
    const stands = law.draw(reverts);
    if (age >= rule.least && stands > age + rule.beyond) captured.push(article);
  }
  return captured.sort((a, b) => a - b);
}
