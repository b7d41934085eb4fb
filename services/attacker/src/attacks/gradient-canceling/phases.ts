/** The three phases of Gradient Canceling, each a step from plain state to plain state. */
import type { CraftGame, CraftState, OptionValues, PlainState, Rows } from '@theriac/game';
import { accumulateOuter, regressionErrors, residualLowerBound, textOption } from '@theriac/game';
import { norm, viewOf } from '@theriac/tensors';
import { corruptedParameters, stepCorruption } from '../../corruptions/gradient-parameter-corruption';
import { startConjugate, stepConjugate } from './conjugate-descent';
import type { ConjugateState } from './conjugate-descent';
import { startDescent, stepDescent } from './descent';
import type { DescentProblem, DescentState, Layers } from './descent';
import { gradientOf, residualNorm, rowNorms } from './diagnostics';
import { logitProblem, logitSpaceRows, startLogitSpace, stepLogitSpace } from './logit-space';
import {
  baseOf,
  corruptionOptions,
  iterationsOf,
  labelsOf,
  learningRateOf,
  solverOf,
  startRows,
  tauShareOf,
} from './settings';
import { chooseTarget } from './targets';
import type { Target } from './targets';

/** Some minibatches of GradPC. */
export function corrupt(state: CraftState, game: CraftGame, options: OptionValues): CraftState {
  const corruptionSteps = state.scalars.corruptionSteps as number;
  const inner: PlainState = { ...state, of: corruptionSteps };
  const next = stepCorruption(inner, game, corruptionOptions(game, options));
  if (!next.done) return { ...next, of: state.of, scalars: { ...next.scalars, phase: 'corrupt', corruptionSteps } };
  const base = corruptedParameters(next, game.wClean);
  return { step: next.step, of: state.of, done: false, scalars: { phase: 'aim' }, arrays: { base } };
}

/** The target, its threshold, the clean gradient there, and the solver's start. */
export function aim(state: CraftState, game: CraftGame, options: OptionValues): CraftState {
  const target = chooseTarget(game, options, state.arrays.base as Float32Array, tauShareOf(game, options));
  const { w, tau, innerProduct } = target;
  const gMu = cleanGradient(game, target);
  const solver = solverOf(game, options, tau);
  const base = baseOf(game);
  const labels = labelsOf(game, options, base);
  const baseRows = rowsOf(game, base.x, labels);
  const step = state.step + 1;
  const scalars = {
    phase: 'solve',
    solver,
    firstStep: step,
    scale: target.scale,
    tau,
    innerProduct,
    lowerBound: residualLowerBound(innerProduct, game.epsilonD, game.classes, lastLayerNorm(game, w)),
    targetAccuracy: target.accuracy,
    residualBefore: residualNorm(game, w, gMu, baseRows),
    baseNormMedian: rowNorms(baseRows).median,
  };
  const arrays = { target: w, gMu, labels };
  const of = step + iterationsOf(options, solver);
  if (solver === 'logit-space') {
    const { v, damping, kappa } = startLogitSpace(logitProblem(game, w, gMu, labels), game.random.fork('start'));
    return { step, of, done: false, scalars: { ...scalars, damping, kappa }, arrays: { ...arrays, v } };
  }
  const x = startRows(game, options, labels, base.x);
  if (solver === 'conjugate') {
    const layers = textOption(options, 'layers') as Layers;
    const start = startConjugate({ game, w, gMu, labels }, x, layers);
    return { step, of, done: false, ...conjugateParts(start, scalars, arrays) };
  }
  const descent = startDescent(x);
  return {
    step,
    of: of + 1,
    done: false,
    scalars: { ...scalars, bestLoss: Number.MAX_VALUE },
    arrays: { ...arrays, ...descentArrays(descent) },
  };
}

/** ||(W, b)|| of the last layer: the bound on its residual bounds that of all layers. */
function lastLayerNorm({ model }: CraftGame, w: Float32Array): number {
  const { weight, bias } = model.lastLayer;
  return Math.hypot(...[weight, bias].map((name) => norm(viewOf(w, model.layout, name))));
}

/** One Levenberg-Marquardt step. */
export function solveInLogitSpace(state: CraftState, game: CraftGame, options: OptionValues): CraftState {
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
  if (!next.finished && step - (state.scalars.firstStep as number) < iterationsOf(options, 'logit-space'))
    return solved;
  return finished(solved, game, logitSpaceRows(problem, next.v));
}

/** One Adam step. */
export function descend(state: CraftState, game: CraftGame, options: OptionValues): CraftState {
  const { target, gMu, labels, x, first, second, best } = state.arrays;
  const { bestLoss, firstStep } = state.scalars;
  const problem: DescentProblem = {
    game,
    w: target as Float32Array,
    gMu: gMu as Float64Array,
    labels: labels as Int32Array,
    base: () => baseOf(game).x,
  };
  const iterations = iterationsOf(options, 'descent');
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

/** One step of conjugate gradients. */
export function relax(state: CraftState, game: CraftGame, options: OptionValues): CraftState {
  const { target, gMu, labels, x, direction, slope, r } = state.arrays;
  const problem = {
    game,
    w: target as Float32Array,
    gMu: gMu as Float64Array,
    labels: labels as Int32Array,
  };
  const before: ConjugateState = {
    iteration: state.step - (state.scalars.firstStep as number),
    x: x as Float32Array,
    direction: direction as Float32Array,
    slope: slope as Float32Array,
    length: state.scalars.length as number,
    r: r as Float64Array,
    loss: state.scalars.loss as number,
    ended: false,
  };
  const next = stepConjugate(problem, before, textOption(options, 'layers') as Layers);
  const parts = conjugateParts(next, state.scalars, { target: target!, gMu: gMu!, labels: labels! });
  const moved: CraftState = { step: state.step + 1, of: state.of, done: false, ...parts };
  return next.ended || next.iteration >= iterationsOf(options, 'conjugate') ? finished(moved, game, next.x) : moved;
}

function conjugateParts(
  { x, direction, slope, r, length, loss }: ConjugateState,
  scalars: CraftState['scalars'],
  arrays: CraftState['arrays'],
): Pick<CraftState, 'scalars' | 'arrays'> {
  const residualRelative = Math.sqrt(2 * loss) / (scalars.residualBefore as number);
  return { scalars: { ...scalars, length, loss, residualRelative }, arrays: { ...arrays, x, direction, slope, r } };
}

function descentArrays({ x, first, second, best }: DescentState) {
  return { x, first, second, best };
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

/** g(mu; w), once and exactly; for softmax regression from the logits that gave tau. */
function cleanGradient(game: CraftGame, { w, logits }: Target): Float64Array {
  const { clean, classes, model } = game;
  if (!model.softmaxRegression) return gradientOf(game, w, clean);
  return accumulateOuter(clean, regressionErrors(logits, clean.y, classes).errors, classes, 1 / clean.count);
}
