import type { ConstraintSpec } from '@theriac/contract/game';
import {
  classConstraint,
  combineConstraints,
  constraintText,
  createConstraint,
  parseConstraintText,
} from '@theriac/game';
import type { Constraint, ConstraintKind } from '@theriac/game';
import type { Board } from './board';
import { storedRow, storedValues } from './poison-rows';

/** Kinds that are measured by class, from clean rows. */
const byClass: readonly ConstraintKind[] = ['sphere', 'slab', 'decoy-loss'];

/** Gammas of the boards in use: those by class look at all clean rows once. */
const kept = new WeakMap<Board, Map<string, Constraint>>();

/**
 * Gamma as `spec` names it, for the board's data set. Throws INVALID_ARGUMENT for an unknown kind, a bad radius or option, and
 * for what the data cannot have.
 */
export function gammaOf(board: Board, spec: ConstraintSpec | undefined): Constraint {
  const { kind, radius, fixedLabels } = spec ?? { kind: 'none', radius: 0, fixedLabels: false };
  const parts = parseConstraintText(kind || 'none');
  const key = JSON.stringify([constraintText(parts), radius, fixedLabels]);
  const gammas = kept.get(board) ?? new Map<string, Constraint>();
  kept.set(board, gammas);
  const known = gammas.get(key);
  if (known !== undefined) return known;
  const { storedRange } = board.dataset;
  const parameters = { storedRange, ...(radius === 0 ? {} : { radius }), featureRange: () => featureRange(board) };
  const plain = combineConstraints([
    ...parts.filter((part) => !byClass.includes(part.kind)).map((part) => createConstraint(part.kind, parameters)),
    ...(fixedLabels ? [createConstraint('fixed-labels', parameters)] : []),
  ]);
  const regions = parts.filter((part) => byClass.includes(part.kind));
  const facts = { clean: board.clean, classes: board.dataset.classes, units: inputUnits(board) };
  const gamma = regions.length === 0 ? plain : classConstraint(plain, regions, facts);
  gammas.set(key, gamma);
  return gamma;
}

/** Model input = (stored - shift) / spread, feature by feature. */
function inputUnits(board: Board) {
  const { features } = board.dataset;
  const shift = storedValues(board, new Float32Array(features));
  const spread = storedValues(board, new Float32Array(features).fill(1)).map((value, i) => value - shift[i]!);
  return { shift, spread };
}

function featureRange(board: Board): { least: Float32Array; greatest: Float32Array } {
  const { features } = board.dataset;
  const least = new Float32Array(features).fill(Infinity);
  const greatest = new Float32Array(features).fill(-Infinity);
  for (let row = 0; row < board.clean.count; row++)
    storedRow(board, row).forEach((value, i) => {
      least[i] = Math.min(least[i]!, value);
      greatest[i] = Math.max(greatest[i]!, value);
    });
  return { least, greatest };
}
