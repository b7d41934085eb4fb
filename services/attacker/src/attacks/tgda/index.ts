/**
 * TGDA, total gradient descent ascent (Lu, Kamath, Yu, TMLR 2022; the released code's settings). On every batch B with its
 * poison slice S, F the mean cross-entropy over B and S, L that over the last part of B, H = d2F/dw2:
 *   leader    q = H^-1 grad_w(-L) by 16 steps on the normal equations;  theta <- theta + alpha d/dtheta <grad_w F, q>
 *   follower  w <- w - beta grad_w F, 20 times
 * The leader's loss depends on theta through w alone, so this is its whole gradient. The follower starts at w_c and goes on.
 */
import type { CraftGame, OptionValues, PlainState } from '@theriac/game';
import { numberOption, textOption } from '@theriac/game';
import { invalid, TheriacError } from '@theriac/tensors';
import type { JudgedAttack } from '../wrappers/restarts';
import { startLabels } from './labels';
import { totalGradient } from './leader';
import { tgdaOptions } from './options';
import { baseRow, moved, sliceOf, startParameters, storedRange } from './poison-rows';
import { batchesOf, batchPlan } from './schedule';
import type { BatchPlan } from './schedule';

export const tgda: JudgedAttack = {
  id: 'tgda',
  summary: 'Follows the total gradient of the validation loss through the defender, which trains along.',
  source: 'Lu, Kamath, Yu, Indiscriminate Data Poisoning Attacks on Neural Networks (TMLR 2022)',
  needs: ['gradient', 'hessian-vector', 'mixed'],
  options: tgdaOptions,

  start(game, options) {
    const [low, high] = storedRange(game);
    const of = numberOption(options, 'epochs') * batchesOf(game.clean.count, numberOption(options, 'batch'));
    return {
      step: 0,
      of,
      done: false,
      scalars: { low, high, epochLoss: 0 },
      arrays: { theta: startParameters(game, options), w: game.wClean, labels: startLabels(game, options) },
    };
  },

  async step(state, game, options) {
    if (state.done) return state;
    const batches = batchesOf(game.clean.count, numberOption(options, 'batch'));
    const plan = planOf(state.step % batches, game, options);
    const led = await lead(state, plan, game, options);
    const followed = await follow(led, plan, game, options);
    const step = state.step + 1;
    const ended = step % batches === 0 ? endOfEpoch(followed, batches, options) : followed;
    const next = { ...ended, step };
    return step < state.of ? next : finished(next, game, options);
  },

  poison(state, game) {
    const { stored, labels } = state.arrays;
    if (!state.done || stored === undefined)
      throw invalid('state', `step ${state.step} of ${state.of}`, 'a finished state', 'Step until done.');
    return {
      x: stored as Float32Array,
      y: labels as Int32Array,
      baseIndices: Int32Array.from({ length: game.count }, (_, j) => baseRow(game, j)),
      count: game.count,
      features: game.clean.features,
    };
  },

  objective: ({ scalars }) => scalars.objective as number,

  metrics: (state) =>
    Object.fromEntries(
      Object.entries(state.scalars).filter(
        (entry): entry is [string, number] => typeof entry[1] === 'number' && published.has(entry[0]),
      ),
    ),
};

/** Scalars that are figures for people. */
const published = new Set(['loss', 'validationLoss', 'bestLoss', 'bestEpoch', 'solverResidual', 'slope']);

function planOf(index: number, { clean, count }: CraftGame, options: OptionValues): BatchPlan {
  const share = numberOption(options, 'validationShare');
  return batchPlan(index, { clean: clean.count, count, batch: numberOption(options, 'batch'), share });
}

/** The leader's steps on a batch; none where the fraction gives it no poison. */
async function lead(state: PlainState, plan: BatchPlan, game: CraftGame, options: OptionValues): Promise<PlainState> {
  const { poison } = plan;
  if (poison.from === poison.to) return state;
  const w = state.arrays.w as Float32Array;
  const rate = numberOption(options, 'leaderRate');
  let theta = state.arrays.theta as Float32Array;
  let scalars = state.scalars;
  for (let step = 0; step < numberOption(options, 'leaderSteps'); step++) {
    const { nu } = await sliceOf(theta, poison, state, game, options);
    const { derivative, residual } = await totalGradient(game.follower, w, plan, nu, options);
    const next = await moved(theta, derivative, poison, rate, state, game, options);
    requireFinite(next.theta, 'leaderRate', rate);
    theta = next.theta;
    scalars = { ...scalars, solverResidual: residual, slope: next.norm };
  }
  return { ...state, scalars, arrays: { ...state.arrays, theta } };
}

/** The follower's steps on the batch and its poison, and the leader's loss after them. */
async function follow(
  state: PlainState,
  { clean, validation, poison }: BatchPlan,
  game: CraftGame,
  options: OptionValues,
): Promise<PlainState> {
  const theta = state.arrays.theta as Float32Array;
  const nu = poison.from === poison.to ? undefined : (await sliceOf(theta, poison, state, game, options)).nu;
  const learningRate = numberOption(options, 'followerRate');
  const steps = numberOption(options, 'followerSteps');
  const w = await game.follower.descend(state.arrays.w as Float32Array, { clean, nu }, { steps, learningRate });
  requireFinite(w, 'followerRate', learningRate);
  const { loss } = await game.follower.gradient(w, { clean: validation, nu: undefined });
  const epochLoss = (state.scalars.epochLoss as number) + loss;
  return { ...state, scalars: { ...state.scalars, loss, epochLoss }, arrays: { ...state.arrays, w } };
}

/** The mean of the validation losses of a pass; the poison of the best pass is kept where that is asked for. */
function endOfEpoch(state: PlainState, batches: number, options: OptionValues): PlainState {
  const { epochLoss, bestLoss, epoch = 0 } = state.scalars;
  const validationLoss = (epochLoss as number) / batches;
  const scalars = { ...state.scalars, epochLoss: 0, epoch: (epoch as number) + 1, validationLoss };
  if (bestLoss !== undefined && validationLoss <= (bestLoss as number)) return { ...state, scalars };
  const best = textOption(options, 'keep') === 'best' ? { best: state.arrays.theta as Float32Array } : {};
  const bestScalars = { ...scalars, bestLoss: validationLoss, bestEpoch: (epoch as number) + 1 };
  return { ...state, scalars: bestScalars, arrays: { ...state.arrays, ...best } };
}

/** The end: every row of the poison, as stored. */
async function finished(state: PlainState, game: CraftGame, options: OptionValues): Promise<PlainState> {
  const { best, labels, theta } = state.arrays;
  const all = { from: 0, to: game.count };
  const { stored } = await sliceOf((best ?? theta) as Float32Array, all, state, game, options);
  const objective = best === undefined ? state.scalars.validationLoss : state.scalars.bestLoss;
  const scalars = { ...state.scalars, objective: objective as number };
  return { ...state, done: true, scalars, arrays: { labels: labels as Int32Array, stored } };
}

function requireFinite(values: Float32Array, option: string, rate: number): void {
  let sum = 0;
  for (const value of values) sum += value;
  if (Number.isFinite(sum)) return;
  throw new TheriacError('TGDA diverged.', {
    code: 'ABORTED',
    field: option,
    found: String(rate),
    allowed: 'a rate at which parameters stay finite',
    remedy: 'Take a smaller one.',
  });
}
