/**
 * An attack of this project's own on softmax regression: the Stackelberg game solved as what it is, convex within.
 *   max over nu in Gamma of L(w(nu)),   w(nu) = argmin_w F(mu + eps_d nu; w) + ridge/2 |w|^2
 * Every step finds w(nu) by Newton's method, warm, solves H q = dL/dw by conjugate gradients, and moves all poison rows along
 * dL/dnu = -(u/N) d/dnu <g(nu; w), q>; labels change where that promises more. L is a smooth count of errors, H is exact.
 * What makes it work within a box is where the rows may differ (start.ts). TGDA follows the same gradient at a w that is no minimum.
 */
import type { Attack, CraftGame, CraftState, OptionValues, PlainState, Rows } from '@theriac/game';
import { gatheredRows, rowsBetween } from '@theriac/game';
import { invalid, TheriacError } from '@theriac/tensors';
import { requireFiniteLoss, storedRows } from '../../starts/base-rows';
import { convexImplicitOptions, settingsOf } from './options';
import { implicitDirection, labelInfluence, movedRows, relabelled } from './poison-step';
import { convexImplicitStart } from './start';

export const convexImplicit: Attack = {
  id: 'convex-implicit',
  summary:
    'Climbs the errors of a defender trained to its minimum, by the exact implicit gradient (softmax regression).',
  source: "This project's own, after the implicit gradient of Lu, Kamath, Yu (TMLR 2022)",
  needs: [],
  options: convexImplicitOptions,

  start(game, options) {
    requireSoftmaxRegression(game);
    const settings = settingsOf(options);
    const { sample, baseIndices, labels, free, stored, range } = convexImplicitStart(game, settings);
    return {
      step: 0,
      of: settings.iterations,
      done: false,
      scalars: { range, bestErrors: -1, bestLoss: 0 },
      arrays: {
        sample,
        baseIndices,
        labels,
        free,
        stored,
        momentum: new Float32Array(stored.length),
        second: new Float32Array(stored.length),
        w: Float64Array.from(game.wClean),
        q: new Float64Array(game.wClean.length),
        bestStored: stored,
        bestLabels: labels,
      },
    };
  },

  async step(state, game, options) {
    if (state.done) return state;
    const { ridge } = settingsOf(options);
    const { answered } = await import('./answer.js');
    const { sample, w, q, labels } = state.arrays as Arrays;
    const nu = poisonRows(state, game);
    const clean = gatheredRows(game.clean, sample);
    const { validation } = game;
    const leader =
      validation.count === 0 ? undefined : rowsBetween(validation, 0, Math.min(validation.count, clean.count));
    const weight = (game.epsilonD * clean.count) / nu.count;
    const { classes } = game;
    const answer = answered({ clean, nu, leader, weight, ridge, classes, w, q, first: state.step === 0 });
    requireFiniteLoss(answer.loss, 'convex-implicit');
    const { bestErrors, bestLoss } = state.scalars as Readonly<Record<string, number>>;
    const better = answer.errors > bestErrors! || (answer.errors === bestErrors && answer.loss > bestLoss!);
    const { stored, bestStored, bestLabels } = state.arrays as Arrays;
    const seen: PlainState = {
      ...state,
      step: state.step + 1,
      scalars: {
        ...state.scalars,
        loss: answer.loss,
        errors: answer.errors,
        gradientNorm: answer.gradientNorm,
        solverResidual: answer.solverResidual,
        bestErrors: better ? answer.errors : bestErrors!,
        bestLoss: better ? answer.loss : bestLoss!,
      },
      arrays: {
        ...state.arrays,
        w: answer.w,
        q: answer.q,
        bestStored: better ? stored : bestStored,
        bestLabels: better ? labels : bestLabels,
      },
    };
    return seen.step < seen.of ? movedOn(seen, nu, game, options) : { ...seen, done: true };
  },

  poison(state, game) {
    const { bestStored, bestLabels, baseIndices } = state.arrays as Arrays;
    if (!state.done)
      throw invalid('state', `step ${state.step} of ${state.of}`, 'a finished state', 'Step until done.');
    return { x: bestStored, y: bestLabels, baseIndices, count: game.count, features: game.clean.features };
  },

  metrics: ({ scalars }) =>
    Object.fromEntries(
      Object.entries(scalars).filter(
        (entry): entry is [string, number] => typeof entry[1] === 'number' && published.has(entry[0]),
      ),
    ),
};

/** Scalars that are figures for people. */
const published = new Set(['loss', 'errors', 'bestErrors', 'gradientNorm', 'solverResidual']);

/** What a state of this attack holds. */
type Arrays = Readonly<
  Record<'sample' | 'baseIndices' | 'labels' | 'free' | 'bestLabels', Int32Array> &
    Record<'stored' | 'momentum' | 'second' | 'bestStored', Float32Array> &
    Record<'w' | 'q', Float64Array>
>;

/** Labels are looked at every so many steps. */
const relabelEvery = 3;

/** The state with its poison moved by one step. */
function movedOn(state: PlainState, nu: Rows, game: CraftGame, options: OptionValues): CraftState {
  const { rate, relabelShare } = settingsOf(options);
  const { w, q, labels, baseIndices, free, stored, momentum, second } = state.arrays as Arrays;
  const due = state.step % relabelEvery === 0 && !game.constraint.fixesLabels;
  const y = due
    ? relabelled(labels, labelInfluence(w, q, nu, game.classes), game.classes, Math.floor(relabelShare * nu.count))
    : labels;
  const direction = implicitDirection(w, q, { ...nu, y }, game.classes);
  const length = rate * (state.scalars.range as number);
  const base = storedRows(game, baseIndices);
  const moved = movedRows(game, { stored, momentum, second }, direction, { free, base, length });
  return { ...state, arrays: { ...state.arrays, ...moved, labels: y } };
}

/** The poison as the model sees it. */
function poisonRows({ arrays }: PlainState, game: CraftGame): Rows {
  const { stored, labels } = arrays as Arrays;
  return { x: game.toModelInput(stored), y: labels, count: labels.length, features: game.clean.features };
}

function requireSoftmaxRegression({ model }: CraftGame): void {
  if (model.id === 'lr') return;
  throw new TheriacError('This attack needs a defender whose loss is convex.', {
    code: 'FAILED_PRECONDITION',
    field: 'attack',
    found: `convex-implicit on model ${model.id}`,
    allowed: 'convex-implicit on model lr',
    remedy: 'Choose model lr, or another attack.',
  });
}
