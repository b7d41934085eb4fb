/**
 * i-min-max, our reading: Lu, Kamath, Yu (TMLR 2022) list a zero-sum baseline of this name and do not define it. Here
 *   max over nu in Gamma of F(mu + eps_d nu; w*(nu)),   w*(nu) = argmin over w of F(mu + eps_d nu; w),
 * in TGDA's order: on every batch B with its poison slice S, m leader steps and then n follower steps
 *   x <- Proj_Gamma(x + step * d / ||d||),  d = d/dx ell(x, y; w),      w <- w - beta grad_w F(B u S; w).
 * At w* the implicit part of the leader's gradient vanishes (envelope theorem), so that the direct part is all of it.
 * All rows exist from the start, as clean rows with their own labels, and the pixels themselves are the leader's variables.
 */
import type { Attack, CraftGame, OptionValues, Rows, RowRange } from '@theriac/game';
import { numberOption, textOption } from '@theriac/game';
import { ascended } from '../derivatives/ascent';
import { poisonOf } from '../derivatives/pixel-step';
import { cleanBatch } from '../derivatives/unrolled-descent';
import { chosenRows, requireFiniteLoss, selectionOption, storedRows } from '../starts/base-rows';

export const iMinMax: Attack = {
  id: 'i-min-max',
  summary: 'Our reading of i-min-max: the poison climbs the training loss of a defender that trains along.',
  source: 'Lu, Kamath, Yu, Indiscriminate Data Poisoning Attacks on Neural Networks (TMLR 2022); our reading',
  needs: ['gradient'],
  options: [
    {
      name: 'epochs',
      type: 'integer',
      description: 'passes over the clean rows',
      minimum: 1,
      maximum: 100_000,
      default: 10,
    },
    {
      name: 'batch',
      type: 'integer',
      description: 'clean rows of a batch; published for MNIST: 1000',
      unit: 'rows',
      minimum: 1,
      maximum: 10_000_000,
      default: 1000,
    },
    {
      name: 'leaderSteps',
      type: 'integer',
      description: 'm, steps of the poison on each batch; published: 1',
      unit: 'steps',
      minimum: 1,
      maximum: 10_000,
      default: 1,
    },
    {
      name: 'step',
      type: 'number',
      description: 'length of such a step of each row',
      unit: 'model-input units, Euclidean',
      minimum: 0,
      maximum: 1000,
      default: 3,
    },
    {
      name: 'followerSteps',
      type: 'integer',
      description: 'n, descent steps of the defender on each batch; published: 20',
      unit: 'steps',
      minimum: 1,
      maximum: 10_000,
      default: 20,
    },
    {
      name: 'followerRate',
      type: 'number',
      description: 'beta, the learning rate of these; published: 0.1',
      minimum: 1e-6,
      maximum: 100,
      default: 0.1,
    },
    { ...selectionOption, default: 'first' },
  ],

  start(game, options) {
    const baseIndices = chosenRows(game, textOption(options, 'selection'));
    return {
      step: 0,
      of: numberOption(options, 'epochs') * batchesOf(game, options),
      done: false,
      scalars: {},
      arrays: { baseIndices, x: game.toModelInput(storedRows(game, baseIndices)), w: game.wClean },
    };
  },

  async step(state, game, options) {
    const baseIndices = state.arrays.baseIndices as Int32Array;
    const { clean, slice } = batchOf(state.step, game, options);
    const { features } = game.clean;
    const before = state.arrays.w as Float32Array;
    const x = Float32Array.from(state.arrays.x as Float32Array);
    const own = baseIndices.subarray(slice.from, slice.to);
    const nu: Rows = {
      x: x.subarray(slice.from * features, slice.to * features),
      y: labelsOf(game, own),
      count: own.length,
      features,
    };
    const climbed = ascended(game, before, nu, {
      steps: numberOption(options, 'leaderSteps'),
      rate: numberOption(options, 'step'),
      base: storedRows(game, own),
    });
    x.set(climbed, slice.from * features);
    const batch = { clean, nu: nu.count === 0 ? undefined : { ...nu, x: climbed } };
    const w = await game.follower.descend(before, batch, {
      steps: numberOption(options, 'followerSteps'),
      learningRate: numberOption(options, 'followerRate'),
    });
    const { loss } = await game.follower.gradient(w, batch);
    requireFiniteLoss(loss, 'i-min-max');
    const step = state.step + 1;
    return {
      step,
      of: state.of,
      done: step === state.of,
      scalars: { trainingLoss: loss },
      arrays: { ...state.arrays, x, w },
    };
  },

  poison(state, game) {
    const indices = state.arrays.baseIndices as Int32Array;
    const stored = storedRows(game, indices);
    return poisonOf(game, state.arrays.x as Float32Array, labelsOf(game, indices), { indices, stored });
  },

  metrics: ({ scalars }) => scalars as Record<string, number>,
};

function labelsOf({ clean }: CraftGame, indices: Int32Array): Int32Array {
  return indices.map((row) => clean.y[row]!);
}

function batchesOf({ clean }: CraftGame, options: OptionValues): number {
  return Math.max(1, Math.floor(clean.count / numberOption(options, 'batch')));
}

/** The clean rows and the poison rows of a step. */
function batchOf(step: number, game: CraftGame, options: OptionValues): { clean: RowRange; slice: RowRange } {
  const { clean, count } = game;
  const batches = batchesOf(game, options);
  const b = step % batches;
  return {
    clean: cleanBatch(clean.count, Math.min(numberOption(options, 'batch'), clean.count), b),
    slice: { from: Math.floor((b * count) / batches), to: Math.floor(((b + 1) * count) / batches) },
  };
}
