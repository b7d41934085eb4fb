/** Decoys of a game, and those worth an attack: none other errs more on judged rows at no more loss on clean ones (Pareto). */
import type { DecoyChoice } from '@theriac/game';
import { accuracyOf, decoyParameters, logisticObjective } from '@theriac/game';
import type { BinaryGame } from './binary-game';

export interface Decoy {
  readonly theta: Float64Array;
  /** Mean logistic loss on clean rows. */
  readonly loss: number;
  /** Share of the judged rows that it gets wrong. */
  readonly errors: number;
}

/** Every share with every number of copies. */
export function decoyChoices(flips: readonly number[], repeats: readonly number[]): DecoyChoice[] {
  return flips.flatMap((share) => repeats.map((copies) => ({ flips: share, repeats: copies })));
}

export function decoyOf(binary: BinaryGame, choice: DecoyChoice): Decoy {
  const { rows, judged, settings, thetaClean, precondition } = binary;
  const fit = { ridge: settings.ridge, precondition, tolerance: 1e-5, clean: thetaClean };
  const theta = decoyParameters(rows, choice, fit);
  return { theta, loss: logisticObjective([rows], theta, 0).value, errors: 1 - accuracyOf(theta, judged) };
}

/** Indices of the decoys that no other beats, those that err most first. */
export function paretoFront(decoys: readonly Pick<Decoy, 'loss' | 'errors'>[]): number[] {
  const beaten = (k: number): boolean =>
    decoys.some((other, index) => {
      const { loss, errors } = decoys[k]!;
      const noWorse = other.loss <= loss && other.errors >= errors;
      return noWorse && (other.loss < loss || other.errors > errors || index < k);
    });
  return [...decoys.keys()].filter((k) => !beaten(k)).sort((a, b) => decoys[b]!.errors - decoys[a]!.errors || a - b);
}
