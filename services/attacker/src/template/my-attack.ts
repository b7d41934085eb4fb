/**
 * My attack: every poison row is a clean row on its way to a row of another class, under the label it began with,
 *   x_j <- Proj_Gamma(x_j + rate (z_j - x_j)),   T times,
 * so that without Gamma  x_j(T) = x_j(0) + (1 - (1 - rate)^T) (z_j - x_j(0)).
 * Source: the blends of mixup (Zhang et al., ICLR 2018), with one label instead of two.
 */
import type { CraftGame, LocalAttack } from '@theriac/game';
import { numberOption, textOption } from '@theriac/game';
import { poisonOf, withinGamma } from '../derivatives/pixel-step';
import { chosenRows, selectionOption, storedRows } from '../starts/base-rows';

export const myAttack: LocalAttack = {
  id: 'my-attack',
  summary: 'Moves clean rows towards rows of other classes and keeps their labels.',
  source: 'Blends as in Zhang et al., mixup: Beyond Empirical Risk Minimization (ICLR 2018), under one label',
  // What it asks of the defender: 'gradient', 'hessian-vector', 'mixed'. These blends ask nothing.
  needs: [],
  options: [
    {
      name: 'steps',
      type: 'integer',
      description: 'T, the moves of each row',
      unit: 'steps',
      minimum: 0,
      maximum: 10_000,
      default: 5,
    },
    {
      name: 'rate',
      type: 'number',
      description: 'share of the remaining way that one move goes',
      minimum: 0,
      maximum: 1,
      default: 0.2,
    },
    selectionOption,
  ],

  // All that is remembered is plain numbers and arrays: a checkpoint is this state, and resuming is going on with it.
  start(game, options) {
    const baseIndices = chosenRows(game, textOption(options, 'selection'));
    const of = numberOption(options, 'steps');
    return {
      step: 0,
      of,
      done: of === 0,
      scalars: { moved: 0 },
      arrays: {
        baseIndices,
        aims: rowsOfOtherClasses(game, baseIndices),
        x: game.toModelInput(storedRows(game, baseIndices)),
      },
    };
  },

  // One step: a new state, seconds at most. The state that came in stays as it is.
  step(state, game, options) {
    const { aims, baseIndices } = state.arrays;
    const before = state.arrays.x as Float32Array;
    const rate = numberOption(options, 'rate');
    const z = game.toModelInput(storedRows(game, aims as Int32Array));
    const x = withinGamma(
      game,
      before.map((value, i) => value + rate * (z[i]! - value)),
      storedRows(game, baseIndices as Int32Array),
    );
    const step = state.step + 1;
    const squares = x.reduce((sum, value, i) => sum + (value - before[i]!) ** 2, 0);
    const moved = Math.sqrt(squares / game.count);
    return { step, of: state.of, done: step === state.of, scalars: { moved }, arrays: { ...state.arrays, x } };
  },

  poison(state, game) {
    const indices = state.arrays.baseIndices as Int32Array;
    const labels = indices.map((row) => game.clean.y[row]!);
    return poisonOf(game, state.arrays.x as Float32Array, labels, { indices, stored: storedRows(game, indices) });
  },

  // Figures for people, shown while it runs and kept with the result.
  metrics: ({ scalars }) => ({ moved: scalars.moved as number }),
};

/** For each of these clean rows one of another class, at random; the row itself where all are of one class. */
function rowsOfOtherClasses({ clean, random }: CraftGame, indices: Int32Array): Int32Array {
  const order = random.fork('aims').permutation(clean.count);
  let next = 0;
  return indices.map((row) => {
    for (let tries = 0; tries < order.length; tries++) {
      const aim = order[next++ % order.length]!;
      if (clean.y[aim] !== clean.y[row]) return aim;
    }
    return row;
  });
}
