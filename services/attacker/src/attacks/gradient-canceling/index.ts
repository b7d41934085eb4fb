/**
 * Gradient Canceling (Lu, Kamath, Yu, ICML 2023; Lecture 18): choose target parameters w, then poison nu with
 *   g(mu; w) + eps_d g(nu; w) = 0,  so that w is a stationary point of the defender's loss on mu + eps_d nu.
 * Phases: corrupt (GradPC, where the target needs it), aim (target, tau, clean gradient), solve (logit space or descent).
 */
import type { Attack, CraftGame, CraftState, OptionValues, PlainState, PoisonBase, Rows } from '@theriac/game';
import { numberOption, poisonBase, residualLowerBound, norm, textOption } from '@theriac/game';
import { invalid } from '@theriac/tensors';
import { corruptedParameters, startCorruption, stepCorruption } from '../../corruptions/gradient-parameter-corruption';
import { startDescent, stepDescent } from './descent';
import type { DescentProblem, DescentState, Layers } from './descent';
import { gradientOf, residualNorm, rowNorms } from './diagnostics';
import { labelsByFrequency } from './labels';
import { fitsLogitSpace, logitProblem, logitSpaceRows, startLogitSpace, stepLogitSpace } from './logit-space';
import { gradientCancelingOptions } from './options';
import { chooseTarget, corruptionRadius, needsCorruption } from './targets';

export const gradientCanceling: Attack = {
  id: 'gradient-canceling',
  summary:
    'Makes chosen target parameters a stationary point of the mixture: the poison cancels the clean gradient there.',
  source: 'Lu, Kamath, Yu, Exploring the Limits of Model-Targeted Indiscriminate Data Poisoning Attacks (ICML 2023)',
  needs: ['gradient', 'mixed'],
  options: gradientCancelingOptions,

  start(game, options) {
    checkSolver(game, options);
    const of = solverSteps(game, options) + 1;
    if (!needsCorruption(options))
      return { step: 0, of, done: false, scalars: { phase: 'aim' }, arrays: { base: game.wClean } };
    const corruption = startCorruption(game, corruptionOptions(game, options));
    return {
      ...corruption,
      of: corruption.of + of,
      done: false,
      scalars: { phase: 'corrupt', corruptionSteps: corruption.of },
    };
  },

  step(state, game, options) {
    if (state.done) return state;
    if (state.scalars.phase === 'corrupt') return corrupt(state, game, options);
    if (state.scalars.phase === 'aim') return aim(state, game, options);
    return state.scalars.solver === 'logit-space'
      ? solveInLogitSpace(state, game, options)
      : descend(state, game, options);
  },

  poison(state, game) {
    const { stored, labels } = state.arrays;
    if (!state.done || stored === undefined)
      throw invalid('state', `step ${state.step} of ${state.of}`, 'a finished state', 'Step until done.');
    return {
      x: stored as Float32Array,
      y: labels as Int32Array,
      baseIndices: baseIndices(game),
      count: game.count,
      features: game.clean.features,
    };
  },

  metrics: (state) =>
    Object.fromEntries(
      Object.entries(state.scalars).filter(
        (entry): entry is [string, number] => typeof entry[1] === 'number' && published.has(entry[0]),
      ),
    ),

  target: (state) => state.arrays.target as Float32Array,

  aim(state, _game, options) {
    const { scale, residualBefore, residualAfter } = state.scalars;
    return {
      target: {
        kind: textOption(options, 'target'),
        scale: scale as number,
        parameters: state.arrays.target as Float32Array,
      },
      residual: { before: residualBefore as number, after: residualAfter as number },
    };
  },
};

/** Scalars that are figures for people; the rest is the solver's memory. */
const published = new Set([
  'scale',
  'tau',
  'innerProduct',
  'lowerBound',
  'targetAccuracy',
  'loss',
  'residualBefore',
  'residualAfter',
  'residualRelative',
  'rowNormMedian',
  'rowNormMax',
  'baseNormMedian',
]);

function checkSolver(game: CraftGame, options: OptionValues): void {
  if (textOption(options, 'solver') !== 'logit-space' || inLogitSpace(game)) return;
  throw invalid(
    'attack gradient-canceling.solver',
    `logit-space for model ${game.model.id} under ${game.constraint.describe()}`,
    'auto, descent',
    'The logit-space solution is for softmax regression without pixel limits.',
  );
}

function inLogitSpace({ model, constraint, classes }: CraftGame): boolean {
  return model.softmaxRegression && !constraint.limitsPixels && fitsLogitSpace(classes);
}

/** Whether the state's target is solved for in logit space. */
function usesLogitSpace(game: CraftGame, options: OptionValues, tau: number): boolean {
  const solver = textOption(options, 'solver');
  return solver === 'logit-space' || (solver === 'auto' && inLogitSpace(game) && tau <= game.epsilonD);
}

function corruptionOptions(game: CraftGame, options: OptionValues) {
  return { epsilonW: corruptionRadius(game, options) };
}

/** Before the target is known: by the kind of target. */
function solverSteps(game: CraftGame, options: OptionValues): number {
  const reachable = textOption(options, 'target') !== 'gradpc';
  return iterationsOf(options, usesLogitSpace(game, options, reachable ? 0 : Infinity));
}

function iterationsOf(options: OptionValues, logitSpace: boolean): number {
  const given = numberOption(options, 'iterations');
  if (given > 0) return given;
  return logitSpace ? 200 : 80;
}

function corrupt(state: CraftState, game: CraftGame, options: OptionValues): CraftState {
  const corruptionSteps = state.scalars.corruptionSteps as number;
  const inner: PlainState = { ...state, of: corruptionSteps };
  const next = stepCorruption(inner, game, corruptionOptions(game, options));
  if (!next.done) return { ...next, of: state.of, scalars: { ...next.scalars, phase: 'corrupt', corruptionSteps } };
  const base = corruptedParameters(next, game.wClean);
  return { step: next.step, of: state.of, done: false, scalars: { phase: 'aim' }, arrays: { base } };
}

function aim(state: CraftState, game: CraftGame, options: OptionValues): CraftState {
  const target = chooseTarget(game, options, state.arrays.base as Float32Array);
  const { w, tau, innerProduct } = target;
  const gMu = gradientOf(game, w, game.clean);
  const logitSpace = usesLogitSpace(game, options, tau);
  const base = baseOf(game);
  const labels = labelsOf(game, options, base);
  const baseRows = rowsOf(game, base.x, labels);
  const step = state.step + 1;
  const scalars = {
    phase: 'solve',
    solver: logitSpace ? 'logit-space' : 'descent',
    firstStep: step,
    scale: target.scale,
    tau,
    innerProduct,
    lowerBound: residualLowerBound(innerProduct, game.epsilonD, game.classes, norm(w)),
    targetAccuracy: target.accuracy,
    residualBefore: residualNorm(game, w, gMu, baseRows),
    baseNormMedian: rowNorms(baseRows).median,
  };
  const arrays = { target: w, gMu, labels };
  const of = step + iterationsOf(options, logitSpace);
  if (logitSpace) {
    const { v, damping, kappa } = startLogitSpace(logitProblem(game, w, gMu, labels), game.random.fork('start'));
    return { step, of, done: false, scalars: { ...scalars, damping, kappa }, arrays: { ...arrays, v } };
  }
  const descent = startDescent({ game, w, gMu, labels, base });
  return {
    step,
    of: of + 1,
    done: false,
    scalars: { ...scalars, bestLoss: Number.MAX_VALUE },
    arrays: { ...arrays, ...descentArrays(descent) },
  };
}

function solveInLogitSpace(state: CraftState, game: CraftGame, options: OptionValues): CraftState {
  const { target, gMu, labels, v } = state.arrays;
  const { damping, kappa } = state.scalars;
  const problem = logitProblem(game, target as Float32Array, gMu as Float64Array, labels as Int32Array);
  const next = stepLogitSpace(problem, {
    v: v as Float64Array,
    damping: damping as number,
    kappa: kappa as number,
    relative: 1,
    finished: false,
  });
  const step = state.step + 1;
  const solved: CraftState = {
    step,
    of: state.of,
    done: false,
    scalars: { ...state.scalars, damping: next.damping, residualRelative: next.relative },
    arrays: { ...state.arrays, v: next.v },
  };
  if (!next.finished && step - (state.scalars.firstStep as number) < iterationsOf(options, true)) return solved;
  return finished(solved, game, logitSpaceRows(problem, next.v));
}

function descend(state: CraftState, game: CraftGame, options: OptionValues): CraftState {
  const { target, gMu, labels, x, first, second, best } = state.arrays;
  const { bestLoss, firstStep } = state.scalars;
  const problem: DescentProblem = {
    game,
    w: target as Float32Array,
    gMu: gMu as Float64Array,
    labels: labels as Int32Array,
    base: baseOf(game),
  };
  const iterations = iterationsOf(options, false);
  const next = stepDescent(
    problem,
    {
      iteration: state.step - (firstStep as number),
      x: x as Float32Array,
      first: first as Float32Array,
      second: second as Float32Array,
      best: best as Float32Array,
      bestLoss: bestLoss as number,
      loss: Infinity,
    },
    { iterations, learningRate: learningRateOf(game, options), layers: textOption(options, 'layers') as Layers },
  );
  const moved: CraftState = {
    step: state.step + 1,
    of: state.of,
    done: false,
    scalars: {
      ...state.scalars,
      loss: next.loss,
      bestLoss: next.bestLoss,
      residualRelative: Math.sqrt(2 * next.loss) / (state.scalars.residualBefore as number),
    },
    arrays: { target: target!, gMu: gMu!, labels: labels!, ...descentArrays(next) },
  };
  return next.iteration <= iterations ? moved : finished(moved, game, next.best);
}

function descentArrays({ x, first, second, best }: DescentState) {
  return { x, first, second, best };
}

function learningRateOf(game: CraftGame, options: OptionValues): number {
  const given = numberOption(options, 'learningRate');
  if (given > 0) return given;
  return game.constraint.limitsPixels ? 0.1 : 6;
}

/** Poison in stored space, and its figures: of the float32 values that the defender will read. */
function finished(state: CraftState, game: CraftGame, x: Float32Array): CraftState {
  const { target, gMu, labels } = state.arrays;
  const base = baseOf(game);
  const stored = game.constraint.project(game.toStored(x), base.x);
  const nu = rowsOf(game, stored, labels as Int32Array);
  const residualAfter = residualNorm(game, target as Float32Array, gMu as Float64Array, nu);
  const norms = rowNorms(nu);
  const scalars = {
    ...state.scalars,
    residualAfter,
    residualRelative: residualAfter / (state.scalars.residualBefore as number),
    rowNormMedian: norms.median,
    rowNormMax: norms.max,
  };
  return {
    step: state.step,
    of: state.step,
    done: true,
    scalars,
    arrays: { target: target!, labels: labels!, stored },
  };
}

function rowsOf(game: CraftGame, stored: Float32Array, y: Int32Array): Rows {
  return { x: game.toModelInput(stored), y, count: y.length, features: game.clean.features };
}

/** The first m training rows, again from the start where eps_d > 1. */
function baseIndices({ count, clean }: CraftGame): Int32Array {
  return Int32Array.from({ length: count }, (_, j) => j % clean.count);
}

function baseOf(game: CraftGame): PoisonBase {
  return poisonBase(baseIndices(game), game.stored, game.clean.y, game.clean.features);
}

function labelsOf(game: CraftGame, options: OptionValues, base: PoisonBase): Int32Array {
  const free = textOption(options, 'labels') === 'free' && !game.constraint.fixesLabels;
  return free ? labelsByFrequency(game.clean.y, game.classes, game.count) : base.y;
}
