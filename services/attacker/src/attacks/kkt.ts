/**
 * The KKT attack (Koh, Steinhardt, Liang, Stronger Data Poisoning Attacks Break Data Sanitization Defenses, Machine Learning 2022): for
 * decoy parameters theta, the rows at which a defender that ends at theta is stationary,
 *   g(mu; theta) + sum_c eps_c g(x_c, c; theta) + (1 + eps_d) ridge theta = 0,   eps_0 + eps_1 = eps_d,
 * one row of each class, within sphere, slab and loss of clean rows, every one as often as its share says. Of all decoys and shares, the
 * rows that leave the best of several defenders the least accuracy. For logistic regression: our reading (docs/linear-attacks.md).
 */
import type { CraftGame, LocalAttack, OptionValues, PlainState } from '@theriac/game';
import { numberOption } from '@theriac/game';
import { invalid } from '@theriac/tensors';
import { poisonOfAtoms, twoAtoms } from './linear/atoms';
import type { Atoms } from './linear/atoms';
import { balance, binaryGame } from './linear/binary-game';
import type { BinaryGame } from './linear/binary-game';
import { choicesOf, decoysIn, noDecoys, withDecoy } from './linear/decoy-state';
import { paretoFront } from './linear/decoys';
import { defended } from './linear/defended';
import { binaryOptions, binarySettingsOf, decoyOptions } from './linear/options';
import { regionsBelowLoss, stationaryAtoms, targetGradient } from './linear/stationary-atoms';

export const kkt: LocalAttack = {
  id: 'kkt',
  summary:
    'Makes a decoy stationary by two rows like clean ones, which sanitisation does not tell apart (two classes, LR).',
  source: 'Koh, Steinhardt, Liang (Machine Learning 2022), for the hinge; logistic loss: our reading',
  needs: [],
  options: [
    ...decoyOptions,
    {
      name: 'shares',
      type: 'integer',
      description: 'shares of the second class among the poison that are tried, evenly from 0 to 1',
      unit: 'shares',
      minimum: 1,
      maximum: 101,
      default: 5,
    },
    {
      name: 'iterations',
      type: 'integer',
      description: 'steps on both rows for each decoy and share',
      unit: 'steps',
      minimum: 1,
      maximum: 100_000,
      default: 60,
    },
    ...binaryOptions,
  ],

  start(game, options) {
    const binary = binaryGame(game, binarySettingsOf(options), 'kkt');
    const decoys = choicesOf(options).length;
    return {
      step: 0,
      of: decoys * (1 + numberOption(options, 'shares')),
      done: false,
      scalars: { accuracy: 2, errors: 0, before: 0, after: 0, ones: 0, tried: 0 },
      arrays: { ...noDecoys(binary, decoys), x: new Float64Array(2 * binary.rows.features) },
    };
  },

  step(state, game, options) {
    const binary = binaryGame(game, binarySettingsOf(options), 'kkt');
    const decoys = (state.arrays.decoyLoss as Float64Array).length;
    const step = state.step + 1;
    const next = { ...state, step, done: step === state.of };
    if (state.step < decoys) return { ...next, arrays: withDecoy(state, binary, options, state.step) };
    const shares = numberOption(options, 'shares');
    const trial = state.step - decoys;
    const all = decoysIn(state);
    const chosen = paretoFront(all)[Math.floor(trial / shares)];
    if (chosen === undefined) return next;
    const share = shares === 1 ? balance(binary) : (trial % shares) / (shares - 1);
    const found = attempted(binary, all[chosen]!.theta, Math.round(share * game.count), options);
    if (found === undefined) return next;
    const tried = (state.scalars.tried as number) + 1;
    if (found.accuracy >= (state.scalars.accuracy as number)) return { ...next, scalars: { ...state.scalars, tried } };
    const { accuracy, before, after, ones, atoms } = found;
    return {
      ...next,
      scalars: { accuracy, errors: all[chosen]!.errors, before, after, ones, tried },
      arrays: { ...state.arrays, x: atoms.x },
    };
  },

  poison(state, game, options) {
    const binary = binaryGame(game, binarySettingsOf(options), 'kkt');
    return poisonOfAtoms(game, binary, atomsIn(state, game));
  },

  // The best candidate: accuracy of the best simulated defence, the decoy's errors, the residual without and with poison.
  metrics: ({ scalars }) => {
    const { accuracy, errors, before, after, tried } = scalars as Readonly<Record<string, number>>;
    const found = accuracy! <= 1 ? { defendedAccuracy: accuracy!, residualBefore: before!, residualAfter: after! } : {};
    return { ...found, decoyErrors: errors!, candidates: tried! };
  },
};

/** The best candidate's rows. Throws where no decoy had any. */
function atomsIn({ arrays, scalars }: PlainState, game: CraftGame): Atoms {
  const x = arrays.x as Float64Array;
  const width = x.length / 2;
  if ((scalars.accuracy as number) > 1)
    throw invalid(
      'constraint',
      `${game.constraint.kind}, which no row of so little loss under a decoy keeps`,
      'constraints that some row keeps together (this intersection is empty)',
      'Choose other flips or repeats, or a larger quantile.',
    );
  return twoAtoms(x.subarray(0, width), x.subarray(width), scalars.ones as number, game.count);
}

/** One decoy with `ones` of the poison in class 1: rows, residuals, and what they are worth. */
function attempted(binary: BinaryGame, theta: Float64Array, ones: number, options: OptionValues) {
  const { rows, count } = binary;
  const weights = [(count - ones) / rows.count, ones / rows.count];
  const regions = regionsBelowLoss(binary, theta);
  const target = targetGradient(binary, theta);
  const found = stationaryAtoms(binary, regions, { theta, target }, weights, numberOption(options, 'iterations'));
  if (found === undefined) return undefined;
  const atoms = twoAtoms(found.x[0]!, found.x[1]!, ones, count);
  const { accuracy } = defended(binary, atoms, theta);
  return { accuracy, before: found.before, after: found.after, ones, atoms };
}
