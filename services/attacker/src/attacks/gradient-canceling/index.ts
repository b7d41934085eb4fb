/**
 * Gradient Canceling (Lu, Kamath, Yu, ICML 2023; Lecture 18): choose target parameters w, then poison nu with
 *   g(mu; w) + eps_d g(nu; w) = 0,  so that w is a stationary point of the defender's loss on mu + eps_d nu.
 * Phases: corrupt (GradPC, where the target needs it), aim (target, tau, clean gradient), solve (logit space, descent or
 * conjugate gradients).
 */
import type { LocalAttack } from '@theriac/game';
import { invalid } from '@theriac/tensors';
import { startCorruption } from '../../corruptions/gradient-parameter-corruption';
import { gradientCancelingOptions } from './options';
import { aim, corrupt, descend, relax, solveInLogitSpace } from './phases';
import { baseIndices, checkSolver, corruptionOptions, solverSteps } from './settings';
import { needsCorruption, targetKind } from './targets';

export const gradientCanceling: LocalAttack = {
  id: 'gradient-canceling',
  summary:
    'Makes chosen target parameters a stationary point of the mixture: the poison cancels the clean gradient there.',
  source: 'Lu, Kamath, Yu, Exploring the Limits of Model-Targeted Indiscriminate Data Poisoning Attacks (ICML 2023)',
  needs: ['gradient', 'mixed'],
  options: gradientCancelingOptions,

  start(game, options) {
    checkSolver(game, options);
    const of = solverSteps(game, options) + 1;
    if (!needsCorruption(game, options))
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
    if (state.scalars.solver === 'logit-space') return solveInLogitSpace(state, game, options);
    return state.scalars.solver === 'conjugate' ? relax(state, game, options) : descend(state, game, options);
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

  aim(state, game, options) {
    const { scale, residualBefore, residualAfter } = state.scalars;
    return {
      target: {
        kind: targetKind(game, options),
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
