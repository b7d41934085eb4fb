/**
 * Back-gradient optimisation (Munoz-Gonzalez et al., Towards Poisoning of Deep Learning Algorithms with Back-gradient
 * Optimization, AISec 2017): the follower is T plain descent steps on mu + eps_d nu, and the poison climbs the leader's loss
 *   max over nu of L(w_T(nu)),   x_j <- Proj_Gamma(x_j + step * d_j / ||d_j||),   d = dL/dnu through all T steps,
 * from clean rows with wrong labels. Reverse mode is exact here (the trajectory is stored) and takes batches of clean rows.
 * Our reading where the paper has one point at a time: all points together, and `warm`: the descent goes on where the last
 * one ended, so that few unrolled steps stand near a trained model (truncated back-propagation).
 */
import type { Attack, CraftGame, CraftState, OptionValues, Rows } from '@theriac/game';
import { numberOption, textOption } from '@theriac/game';
import { leaderLoss, validationRowsOption, validationShareOption } from '../derivatives/leader-loss';
import { pixelStep, poisonOf } from '../derivatives/pixel-step';
import { cleanBatch, descentTrajectory, poisonHypergradient } from '../derivatives/unrolled-descent';
import {
  chosenRows,
  requireFiniteLoss,
  selectionOption,
  storedRows,
  wrongLabelOption,
  wrongLabels,
} from '../starts/base-rows';

export const backGradient: Attack = {
  id: 'back-gradient',
  summary: 'Climbs the validation loss of a defender that takes a few descent steps, by reverse mode through them.',
  source:
    'Munoz-Gonzalez et al., Towards Poisoning of Deep Learning Algorithms with Back-gradient Optimization (AISec 2017)',
  needs: ['gradient', 'hessian-vector', 'mixed'],
  options: [
    {
      name: 'unroll',
      type: 'integer',
      description: 'T, the descent steps that are differentiated through; published: 100 for logistic regression',
      unit: 'steps',
      minimum: 1,
      maximum: 1000,
      default: 20,
    },
    {
      name: 'learningRate',
      type: 'number',
      description: 'alpha of these steps; published: 0.1 for logistic regression',
      minimum: 1e-6,
      maximum: 100,
      default: 0.1,
    },
    {
      name: 'batch',
      type: 'integer',
      description: 'clean rows of one descent step, in turns; the paper takes all rows',
      unit: 'rows',
      minimum: 1,
      maximum: 10_000_000,
      default: 1000,
    },
    {
      name: 'iterations',
      type: 'integer',
      description: 'steps on the poison, for each group; published: at most 300',
      minimum: 1,
      maximum: 1_000_000,
      default: 60,
    },
    {
      name: 'step',
      type: 'number',
      description: 'length of a step of each row; published: 1 in pixels of [0, 1], about 3 once MNIST is standardised',
      unit: 'model-input units, Euclidean',
      minimum: 0,
      maximum: 1000,
      default: 1,
    },
    {
      name: 'start',
      type: 'string',
      description:
        'where each descent starts: initial (a fixed random initialisation, as published), clean (w_c), or warm (w_c, then where the last descent ended)',
      choices: ['warm', 'initial', 'clean'],
      default: 'warm',
    },
    {
      name: 'group',
      type: 'integer',
      description: 'poison rows optimised together before the next ones join, greedily; published: 1; 0: all at once',
      unit: 'rows',
      minimum: 0,
      maximum: 10_000_000,
      default: 0,
    },
    {
      ...wrongLabelOption,
      description: `${wrongLabelOption.description}; own: none is changed, as ever where labels are fixed`,
      choices: [...wrongLabelOption.choices!, 'own'],
    },
    selectionOption,
    validationShareOption,
    validationRowsOption,
  ],

  start(game, options) {
    const baseIndices = chosenRows(game, textOption(options, 'selection'));
    const own = textOption(options, 'rule') === 'own' || game.constraint.fixesLabels;
    return {
      step: 0,
      of: Math.ceil(game.count / groupOf(game, options)) * numberOption(options, 'iterations'),
      done: false,
      scalars: {},
      arrays: {
        baseIndices,
        labels: own
          ? baseIndices.map((row) => game.clean.y[row]!)
          : wrongLabels(game, baseIndices, textOption(options, 'rule')),
        x: game.toModelInput(storedRows(game, baseIndices)),
        w: startParameters(game, options),
      },
    };
  },

  async step(state, game, options) {
    const { features } = game.clean;
    const baseIndices = state.arrays.baseIndices as Int32Array;
    const x = state.arrays.x as Float32Array;
    const { from, to } = activeGroup(state, game, options);
    const nu: Rows = {
      x: x.subarray(0, to * features),
      y: (state.arrays.labels as Int32Array).subarray(0, to),
      count: to,
      features,
    };
    const start = state.arrays.w as Float32Array;
    const { loss, direction, end } = await hypergradient(state.step, start, nu, game, options);
    requireFiniteLoss(loss, 'back-gradient');
    const moved = pixelStep(game, x.subarray(from * features, to * features), direction.subarray(from * features), {
      kind: 'normalised',
      rate: numberOption(options, 'step'),
      base: storedRows(game, baseIndices.subarray(from, to)),
    });
    const next = Float32Array.from(x);
    next.set(moved, from * features);
    const step = state.step + 1;
    return {
      step,
      of: state.of,
      done: step === state.of,
      scalars: { validationLoss: loss, firstValidationLoss: state.scalars.firstValidationLoss ?? loss },
      arrays: { ...state.arrays, x: next, w: textOption(options, 'start') === 'warm' ? end : start },
    };
  },

  poison(state, game) {
    const indices = state.arrays.baseIndices as Int32Array;
    const stored = storedRows(game, indices);
    return poisonOf(game, state.arrays.x as Float32Array, state.arrays.labels as Int32Array, { indices, stored });
  },

  metrics: ({ scalars }) => scalars as Record<string, number>,
};

/** L(w_T), dL/dnu and w_T. */
async function hypergradient(
  step: number,
  start: Float32Array,
  nu: Rows,
  game: CraftGame,
  options: OptionValues,
): Promise<{ loss: number; direction: Float32Array; end: Float32Array }> {
  const { clean, follower } = game;
  const unroll = numberOption(options, 'unroll');
  const batch = Math.min(numberOption(options, 'batch'), clean.count);
  const unrolling = {
    follower,
    learningRate: numberOption(options, 'learningRate'),
    epsilonD: nu.count / clean.count,
    steps: Array.from({ length: unroll }, (_, t) => ({
      clean: cleanBatch(clean.count, batch, step * unroll + t),
      nu,
      flows: true,
    })),
  };
  const leader = leaderLoss(game, {
    share: numberOption(options, 'validationShare'),
    most: numberOption(options, 'validationRows'),
  });
  const trajectory = await descentTrajectory(unrolling, start);
  const end = trajectory[unroll]!;
  const { loss, gradient } = await leader(end);
  const slopes = Array.from({ length: unroll + 1 }, (_, t) => (t === unroll ? gradient : undefined));
  return { loss, end, direction: await poisonHypergradient(unrolling, trajectory, slopes) };
}

function groupOf({ count }: CraftGame, options: OptionValues): number {
  const group = numberOption(options, 'group');
  return group === 0 ? count : Math.min(group, count);
}

/** Poison rows that move in this step; those before them stay, those after them have not joined. */
function activeGroup(state: CraftState, game: CraftGame, options: OptionValues): { from: number; to: number } {
  const group = groupOf(game, options);
  const from = group * Math.floor(state.step / numberOption(options, 'iterations'));
  return { from, to: Math.min(game.count, from + group) };
}

function startParameters({ wClean, model, random }: CraftGame, options: OptionValues): Float32Array {
  return textOption(options, 'start') === 'initial' ? model.initialise(random.fork('initialisation')) : wClean;
}
