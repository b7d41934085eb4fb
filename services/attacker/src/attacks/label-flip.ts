/**
 * Label flip: nu = { (x_i, y') : y' != y_i } over clean rows i, the baseline of Lecture 18. Nothing is optimised, pixels are clean.
 * The literature does not say which rows and which wrong labels; both are options, and seeded. On softmax regression of MNIST at
 * 3% the least likely labels cost about a point, uniform ones 0.1 to 0.5.
 */
import type { Attack, CraftGame, OptionValues } from '@theriac/game';
import { gatheredRows, textOption } from '@theriac/game';
import { invalid } from '@theriac/tensors';

export const labelFlip: Attack = {
  id: 'label-flip',
  summary: 'Copies clean rows and gives them wrong labels.',
  source: 'Baseline of Lu, Kamath, Yu (TMLR 2022), table of eps_d = 3%',
  needs: [],
  options: [
    {
      name: 'rule',
      type: 'string',
      description:
        'the wrong label: the class least likely under the clean model, uniform over the others, or the next class',
      choices: ['least-likely', 'uniform', 'next'],
      default: 'least-likely',
    },
    {
      name: 'selection',
      type: 'string',
      description:
        'which clean rows: the first, or uniformly without replacement (again from the start when all are used)',
      choices: ['uniform', 'first'],
      default: 'uniform',
    },
  ],

  start(game, options) {
    if (game.constraint.fixesLabels)
      throw invalid(
        'constraint',
        game.constraint.kind,
        'a constraint that leaves labels free',
        'Label flip changes nothing but labels.',
      );
    const baseIndices = chooseRows(game, textOption(options, 'selection'));
    return {
      step: 1,
      of: 1,
      done: true,
      scalars: {},
      arrays: { baseIndices, labels: wrongLabels(game, baseIndices, options) },
    };
  },

  step: (state) => state,

  poison(state, game) {
    const { features } = game.clean;
    const baseIndices = state.arrays.baseIndices as Int32Array;
    const x = new Float32Array(game.count * features);
    baseIndices.forEach((row, j) => x.set(game.stored(row), j * features));
    return { x, y: state.arrays.labels as Int32Array, baseIndices, count: game.count, features };
  },

  metrics: () => ({}),
};

function chooseRows(game: CraftGame, selection: string): Int32Array {
  const { count, clean } = game;
  if (selection === 'first') return Int32Array.from({ length: count }, (_, j) => j % clean.count);
  const order = game.random.fork('rows').permutation(clean.count);
  return Int32Array.from({ length: count }, (_, j) => order[j % clean.count]!);
}

function wrongLabels(game: CraftGame, baseIndices: Int32Array, options: OptionValues): Int32Array {
  const { clean, classes } = game;
  const rule = textOption(options, 'rule');
  if (rule === 'next') return baseIndices.map((row) => (clean.y[row]! + 1) % classes);
  if (rule === 'least-likely') return leastLikely(game, baseIndices);
  const random = game.random.fork('labels');
  return baseIndices.map((row) => (clean.y[row]! + 1 + random.integer(classes - 1)) % classes);
}

/** argmin over k != y_i of the logits of row i under w_c. */
function leastLikely({ clean, classes, oracles, wClean }: CraftGame, baseIndices: Int32Array): Int32Array {
  const rows = gatheredRows(clean, baseIndices);
  const logits = oracles.logits(wClean, rows);
  return Int32Array.from(rows.y).map((label, j) => {
    let least = (label + 1) % classes;
    for (let k = 0; k < classes; k++)
      if (k !== label && logits[j * classes + k]! < logits[j * classes + least]!) least = k;
    return least;
  });
}
