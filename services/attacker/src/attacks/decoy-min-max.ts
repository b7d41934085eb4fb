/**
 * Min-max with decoys (Koh, Steinhardt, Liang, Machine Learning 2022, after Steinhardt, Koh, Liang, NeurIPS 2017): the zero-sum relaxation
 *   min over theta of max over (x, y) of F(mu; theta) + eps_d ell(x, y; theta)
 * played in rounds whose best responses are the poison, rows being held to the sphere, the slab and the loss at a decoy that a share of
 * clean rows keep, so that a defender who drops rows of large loss keeps them. For every decoy that is worth it, every chunk of rounds
 * gives a candidate; those rows are kept that leave the best of several defenders the least accuracy. Logistic: our reading.
 */
import type { CraftGame, LocalAttack, OptionValues, PlainState } from '@theriac/game';
import { numberOption } from '@theriac/game';
import { invalid } from '@theriac/tensors';
import { evenWeights, poisonOfAtoms } from './linear/atoms';
import type { Atoms } from './linear/atoms';
import { binaryGame } from './linear/binary-game';
import type { BinaryGame } from './linear/binary-game';
import { choicesOf, decoysIn, noDecoys, withDecoy } from './linear/decoy-state';
import { paretoFront } from './linear/decoys';
import { defended } from './linear/defended';
import { firstRound, nextRound } from './linear/min-max-rounds';
import type { Rounds } from './linear/min-max-rounds';
import { binaryOptions, binarySettingsOf, decoyOptions } from './linear/options';
import { regionsBelowLoss } from './linear/stationary-atoms';

/** Rounds in a step; then what there is is judged. */
const chunk = 25;

export const decoyMinMax: LocalAttack = {
  id: 'decoy-min-max',
  summary: 'Min-max whose rows keep the loss that clean rows have at a decoy (two classes, LR).',
  source: 'Koh, Steinhardt, Liang (Machine Learning 2022), for the hinge; logistic loss: our reading',
  needs: [],
  options: [
    ...decoyOptions,
    {
      name: 'decoys',
      type: 'integer',
      description: 'decoys that are played, of those worth it the ones that err most',
      minimum: 1,
      maximum: 1000,
      default: 4,
    },
    {
      name: 'copies',
      type: 'integer',
      description: 'copies of each row: rows in pairs look like neighbours',
      unit: 'rows',
      minimum: 1,
      maximum: 100_000,
      default: 2,
    },
    {
      name: 'burnIn',
      type: 'number',
      description: 'rounds whose rows are thrown away, against those whose rows are kept',
      minimum: 0,
      maximum: 100,
      default: 0.33,
    },
    ...binaryOptions,
  ],

  start(game, options) {
    const binary = binaryGame(game, binarySettingsOf(options), 'decoy-min-max');
    const decoys = choicesOf(options).length;
    return {
      step: 0,
      of: decoys + Math.min(decoys, numberOption(options, 'decoys')) * schedule(game, options).chunks,
      done: false,
      scalars: { accuracy: 2, errors: 0, tried: 0 },
      arrays: {
        ...noDecoys(binary, decoys),
        ...arraysOf(firstRound(binary)),
        bestX: new Float64Array(0),
        bestSigns: new Int32Array(0),
      },
    };
  },

  step(state, game, options) {
    const binary = binaryGame(game, binarySettingsOf(options), 'decoy-min-max');
    const decoys = (state.arrays.decoyLoss as Float64Array).length;
    const step = state.step + 1;
    const next = { ...state, step, done: step === state.of };
    if (state.step < decoys) return { ...next, arrays: withDecoy(state, binary, options, state.step) };
    const { chunks, burnIn, rounds } = schedule(game, options);
    const [turn, part] = [Math.floor((state.step - decoys) / chunks), (state.step - decoys) % chunks];
    const all = decoysIn(state);
    const chosen = paretoFront(all)[turn];
    if (chosen === undefined) return next;
    const { theta, errors } = all[chosen]!;
    const regions = regionsBelowLoss(binary, theta);
    let play: Rounds | undefined = part === 0 ? firstRound(binary) : roundsIn(state);
    for (let round = part * chunk; round < Math.min((part + 1) * chunk, burnIn + rounds); round++) {
      play = nextRound(binary, regions, play, round >= burnIn);
      if (play === undefined) return next;
    }
    const arrays = { ...state.arrays, ...arraysOf(play) };
    if (play.rowSigns.length === 0) return { ...next, arrays };
    const { accuracy } = defended(binary, candidate(play.x, play.rowSigns, binary), theta);
    const tried = (state.scalars.tried as number) + 1;
    if (accuracy >= (state.scalars.accuracy as number))
      return { ...next, scalars: { ...state.scalars, tried }, arrays };
    const best = { bestX: play.x, bestSigns: Int32Array.from(play.rowSigns) };
    return { ...next, scalars: { accuracy, errors, tried }, arrays: { ...arrays, ...best } };
  },

  poison(state, game, options) {
    const binary = binaryGame(game, binarySettingsOf(options), 'decoy-min-max');
    const { bestX, bestSigns } = state.arrays;
    if ((state.scalars.accuracy as number) > 1)
      throw invalid(
        'constraint',
        `${game.constraint.kind}, which no row of so little loss under a decoy keeps`,
        'constraints that some row keeps together (this intersection is empty)',
        'Choose other flips or repeats, or a larger quantile.',
      );
    return poisonOfAtoms(game, binary, candidate(bestX as Float64Array, bestSigns as Int32Array, binary));
  },

  metrics: ({ scalars }) => {
    const { accuracy, errors, tried } = scalars as Readonly<Record<string, number>>;
    return { ...(accuracy! <= 1 ? { defendedAccuracy: accuracy! } : {}), decoyErrors: errors!, candidates: tried! };
  },
};

/** Rounds thrown away, rounds kept, and the steps that both take. */
function schedule({ count }: CraftGame, options: OptionValues) {
  const rounds = Math.ceil(count / numberOption(options, 'copies'));
  const burnIn = Math.round(numberOption(options, 'burnIn') * rounds);
  return { burnIn, rounds, chunks: Math.ceil((burnIn + rounds) / chunk) };
}

/** The rows so far, as often as makes up all of the poison. */
function candidate(x: Float64Array, rowSigns: ArrayLike<number>, { rows, count }: BinaryGame): Atoms {
  const weights = evenWeights(rowSigns.length, count);
  return { x, signs: Int8Array.from(rowSigns), weights, count: rowSigns.length, features: rows.features };
}

function arraysOf({ theta, squares, last, x, rowSigns }: Rounds) {
  return { theta, squares, last, x, rowSigns: Int32Array.from(rowSigns) };
}

function roundsIn({ arrays }: PlainState): Rounds {
  const { theta, squares, last, x, rowSigns } = arrays;
  return {
    theta: theta as Float64Array,
    squares: squares as Float64Array,
    last: last as Float64Array,
    x: x as Float64Array,
    rowSigns: Int8Array.from(rowSigns as Int32Array),
  };
}
