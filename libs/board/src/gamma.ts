import type { ConstraintSpec } from '@theriac/contract/game';
import { combineConstraints, createConstraint } from '@theriac/game';
import type { Constraint } from '@theriac/game';
import type { Board } from './board';

/** Gamma as `spec` names it, for the board's data set. Throws INVALID_ARGUMENT for an unknown kind or a bad radius. */
export function gammaOf(board: Board, spec: ConstraintSpec | undefined): Constraint {
  const { kind, radius, fixedLabels } = spec ?? { kind: 'none', radius: 0, fixedLabels: false };
  const { storedRange } = board.dataset;
  const own = createConstraint(kind || 'none', radius === 0 ? { storedRange } : { storedRange, radius });
  return fixedLabels ? combineConstraints([own, createConstraint('fixed-labels', { storedRange })]) : own;
}
