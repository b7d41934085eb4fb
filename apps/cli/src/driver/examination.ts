/**
 * What theory says of target parameters w, for any model: tau = max{(CE - H) / W((c-1)/e), 0}; the bound that no poison of
 * fraction eps_d goes below, max{<w, g(mu; w)> - eps_d W((c-1)/e), 0} / ||w||, both for the last layer, whose gradient has to
 * vanish with all others; and the largest s for which tau of the last layer times s keeps within eps_d.
 */
import { searchScale } from '@theriac/game';
import { TheriacError } from '@theriac/tensors';
import { corruptModel } from './corruption';
import type { Game } from './game';
import { lastLayerNorm, lastLayerOf, reversed, scaledFile } from './last-layer';
import type { LastLayer } from './last-layer';
import { persistently, playOutlasting } from './persistence';
import type { ThresholdRecord } from './records';
import { attackerTask } from './table-of-work';
import { playTraining, scoresOf } from './training-step';
import { thresholdOf } from './verifying-step';

export const targetKinds = ['clean', 'gradpc', 'scaled', 'reversed'] as const;
/** clean: w_c; gradpc: w_c corrupted; scaled: that, last layer times s; reversed: the last layer of w_c centred, times -s. */
export type TargetKind = (typeof targetKinds)[number];

export interface Question {
  readonly kind: TargetKind;
  /** Radius of the corruption, for gradpc and scaled. */
  readonly epsilonW: number;
  /** s for scaled and reversed; auto: the largest within reach. */
  readonly scale: number | 'auto';
  readonly epsilonD: number;
}

export interface Examination {
  readonly kind: TargetKind;
  readonly epsilonW: number | null;
  readonly scale: number;
  readonly threshold: ThresholdRecord;
  /** On the test split, percent. */
  readonly accuracy: number;
  readonly cleanAccuracy: number;
  readonly epsilonD: number;
  /** What ||g(mu; w) + eps_d g(nu; w)|| cannot go below. */
  readonly lowerBound: number;
  /** ||(W, b)|| of the last layer. */
  readonly lastLayerNorm: number;
  /** The largest s <= 1 with tau(s) <= eps_d, and that tau. */
  readonly reachable: { readonly scale: number; readonly tau: number };
}

/** Trains the clean model, makes the target, and measures it. Throws ABORTED where the clean model diverges. */
export async function examineTarget(game: Game, question: Question): Promise<Examination> {
  const { kind, epsilonW, epsilonD } = question;
  const corrupts = kind === 'gradpc' || kind === 'scaled';
  const { base, cleanAccuracy } = corrupts ? await corruptedBase(game, epsilonW) : await cleanBase(game, kind);
  const lasting = <T>(work: () => Promise<T>): Promise<T> =>
    persistently(game, ['evaluator'], 'measuring the target', work);
  const tauAt = async (scale: number): Promise<number> =>
    (await lasting(() => thresholdOf(game, scaledFile(base, scale)))).tau;
  game.reporter.begin('search the largest scale within reach', 3, 4);
  const reachable = await largestWithin(tauAt, epsilonD);
  const scale =
    kind === 'clean' || kind === 'gradpc' ? 1 : question.scale === 'auto' ? reachable.scale : question.scale;
  game.reporter.begin('measure', 4, 4);
  const file = scaledFile(base, scale);
  const threshold = await lasting(() => thresholdOf(game, file));
  const kept = game.run.writeFile('parameters-examined.safetensors', file);
  const norm = scale * lastLayerNorm(base);
  return {
    kind,
    epsilonW: corrupts ? epsilonW : null,
    scale,
    threshold,
    accuracy: (await lasting(() => scoresOf(game, kept))).accuracies.at(-1) ?? 0,
    cleanAccuracy,
    epsilonD,
    lowerBound: norm > 0 ? Math.max(threshold.innerProduct - epsilonD * threshold.constant, 0) / norm : 0,
    lastLayerNorm: norm,
    reachable,
  };
}

interface Base {
  readonly base: LastLayer;
  readonly cleanAccuracy: number;
}

async function corruptedBase(game: Game, epsilonW: number): Promise<Base> {
  const { clean, parameters } = await corruptModel(game, epsilonW, 1);
  return { base: lastLayerOf(parameters, clean.layout), cleanAccuracy: clean.scores.accuracies.at(-1) ?? 0 };
}

async function cleanBase(game: Game, kind: TargetKind): Promise<Base> {
  game.reporter.begin('train the clean model', 1, 4);
  const task = attackerTask(game.manifest);
  const clean = await playOutlasting(game, task, () => playTraining(game, task));
  if (clean.status !== 'scored')
    throw new TheriacError(`the clean model diverged: ${clean.reason}`, {
      code: 'ABORTED',
      remedy: 'Choose another seed.',
    });
  const layer = lastLayerOf(game.run.readFile(clean.parameters), clean.layout);
  return { base: kind === 'reversed' ? reversed(layer) : layer, cleanAccuracy: clean.scores.accuracies.at(-1) ?? 0 };
}

async function largestWithin(
  tauAt: (scale: number) => Promise<number>,
  budget: number,
): Promise<Examination['reachable']> {
  const search = searchScale(budget);
  let step = search.next();
  while (step.done !== true) step = search.next(await tauAt(step.value));
  return step.value;
}
