/** Decoys within an attack's state: one fit a step, kept as flat arrays. */
import type { OptionValues, PlainState } from '@theriac/game';
import type { BinaryGame } from './binary-game';
import { decoyChoices, decoyOf } from './decoys';
import type { Decoy } from './decoys';
import { numbersOption } from './options';

/** Largest number of copies of a flipped row. */
const mostRepeats = 1000;

/** The decoys that the options ask for. */
export function choicesOf(options: OptionValues) {
  return decoyChoices(numbersOption(options, 'flips', 1), numbersOption(options, 'repeats', mostRepeats));
}

/** The arrays that hold no decoy yet. */
export function noDecoys(binary: BinaryGame, count: number) {
  return {
    decoyTheta: new Float64Array(count * binary.thetaClean.length),
    decoyLoss: new Float64Array(count),
    decoyErrors: new Float64Array(count),
  };
}

/** The decoys in `state`, all of them. */
export function decoysIn({ arrays }: PlainState): Decoy[] {
  const loss = arrays.decoyLoss as Float64Array;
  const all = arrays.decoyTheta as Float64Array;
  const width = all.length / loss.length;
  return [...loss.keys()].map((k) => ({
    theta: all.slice(k * width, (k + 1) * width),
    loss: loss[k]!,
    errors: (arrays.decoyErrors as Float64Array)[k]!,
  }));
}

/** The arrays with decoy `k` in them. */
export function withDecoy(
  state: PlainState,
  binary: BinaryGame,
  options: OptionValues,
  k: number,
): PlainState['arrays'] {
  const { theta, loss, errors } = decoyOf(binary, choicesOf(options)[k]!);
  const decoyTheta = (state.arrays.decoyTheta as Float64Array).slice();
  decoyTheta.set(theta, k * theta.length);
  return {
    ...state.arrays,
    decoyTheta,
    decoyLoss: (state.arrays.decoyLoss as Float64Array).with(k, loss),
    decoyErrors: (state.arrays.decoyErrors as Float64Array).with(k, errors),
  };
}
