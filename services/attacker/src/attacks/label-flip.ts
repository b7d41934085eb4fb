/**
 * Label flip: nu = { (x_i, y') : y' != y_i } over clean rows i, the baseline of Lecture 18. Nothing is optimised, pixels are clean.
 * The literature does not say which rows and which wrong labels; both are options, and seeded. On softmax regression of MNIST at
 * 3% the least likely labels cost about a point, uniform ones 0.1 to 0.5.
 */
import type { LocalAttack } from '@theriac/game';
import { textOption } from '@theriac/game';
import {
  chosenRows,
  requireFreeLabels,
  selectionOption,
  storedRows,
  wrongLabelOption,
  wrongLabels,
} from '../starts/base-rows';

export const labelFlip: LocalAttack = {
  id: 'label-flip',
  summary: 'Copies clean rows and gives them wrong labels.',
  source: 'Baseline of Lu, Kamath, Yu (TMLR 2022), table of eps_d = 3%',
  needs: [],
  options: [wrongLabelOption, selectionOption],

  start(game, options) {
    requireFreeLabels(game, 'Label flip changes nothing but labels.');
    const baseIndices = chosenRows(game, textOption(options, 'selection'));
    const labels = wrongLabels(game, baseIndices, textOption(options, 'rule'));
    return { step: 1, of: 1, done: true, scalars: {}, arrays: { baseIndices, labels } };
  },

  step: (state) => state,

  poison(state, game) {
    const baseIndices = state.arrays.baseIndices as Int32Array;
    return {
      x: storedRows(game, baseIndices),
      y: state.arrays.labels as Int32Array,
      baseIndices,
      count: game.count,
      features: game.clean.features,
    };
  },

  metrics: () => ({}),
};
