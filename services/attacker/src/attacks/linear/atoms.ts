/** Poison of few distinct rows, each many times over: how it weighs in F, and the rows that it becomes. */
import type { CraftGame, Poison, SignedRows } from '@theriac/game';
import { fitLogistic } from '@theriac/game';
import { poisonOf } from '../../derivatives/pixel-step';
import { storedRows } from '../../starts/base-rows';
import type { BinaryGame } from './binary-game';
import { signs } from './binary-game';

/** Distinct rows, model-input units, with the number of copies as weights. */
export interface Atoms extends SignedRows {
  readonly x: Float64Array;
  readonly signs: Int8Array;
  readonly weights: Float64Array;
}

/** One row of each class, the second with `ones` of all `count` copies. */
export function twoAtoms(zero: Float64Array, one: Float64Array, ones: number, count: number): Atoms {
  const x = new Float64Array(2 * zero.length);
  x.set(zero);
  x.set(one, zero.length);
  return {
    x,
    signs: Int8Array.from(signs),
    weights: Float64Array.of(count - ones, ones),
    count: 2,
    features: zero.length,
  };
}

/** How many of `total` copies each of `count` rows gets, in order, as evenly as can be. */
export function evenWeights(count: number, total: number): Float64Array {
  return Float64Array.from(
    { length: count },
    (_, j) => Math.floor(((j + 1) * total) / count) - Math.floor((j * total) / count),
  );
}

/** argmin F(mu + atoms; theta) + ridge/2 |theta|^2, from `start`. */
export function fitOnMixture(
  { rows, settings, precondition }: BinaryGame,
  atoms: SignedRows,
  start: Float64Array,
  weights?: Float64Array,
): Float64Array {
  const clean = weights === undefined ? rows : { ...rows, weights };
  return fitLogistic([clean, atoms], { ridge: settings.ridge, start, precondition, tolerance: 1e-5 });
}

/** The poison: every atom as often as it weighs, under its class. */
export function poisonOfAtoms(game: CraftGame, { base }: BinaryGame, atoms: Atoms): Poison {
  const { features } = atoms;
  const order = [...atoms.weights].flatMap((weight, atom) => Array.from({ length: weight }, () => atom));
  const x = new Float32Array(order.length * features);
  order.forEach((atom, j) => x.set(atoms.x.subarray(atom * features, (atom + 1) * features), j * features));
  const labels = Int32Array.from(order, (atom) => (atoms.signs[atom] === 1 ? 1 : 0));
  const indices = labels.map((label) => base[label]!);
  return poisonOf(game, x, labels, { indices, stored: storedRows(game, indices) });
}
