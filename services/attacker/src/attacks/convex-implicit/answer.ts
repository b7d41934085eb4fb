/** What the defender answers to a poison: its minimum, the leader's loss there, and q = H^-1 dL/dw. */
import type { Rows } from '@theriac/game';
import { norm } from '@theriac/tensors';
import { tf, valuesOf } from '@theriac/tensors/engine';
import { defenderOn, withOnes } from './defender';
import { smoothErrors } from './leader';
import { conjugateGradients, minimised, preconditionerAt } from './newton';

export interface Question {
  readonly clean: Rows;
  readonly nu: Rows;
  /** Rows of the leader's loss; undefined: the clean ones. */
  readonly leader: Rows | undefined;
  /** Weight of a poison row against a clean one. */
  readonly weight: number;
  readonly ridge: number;
  readonly classes: number;
  /** Where Newton's method and conjugate gradients begin. */
  readonly w: Float64Array;
  readonly q: Float64Array;
  /** The start may be far from the minimum. */
  readonly first: boolean;
}

export interface Answer {
  readonly w: Float64Array;
  readonly q: Float64Array;
  readonly loss: number;
  readonly errors: number;
  readonly gradientNorm: number;
  readonly solverResidual: number;
}

const budget = { steps: 3, iterations: 40, tolerance: 5e-4 };
const firstBudget = { ...budget, steps: 10 };
const adjoint = { iterations: 40, tolerance: 0.05 };
/** Clean rows that the preconditioner is made of. */
const rowsOfMoments = 6000;

/** The answer; the engine is left as it was. */
export function answered({ clean, nu, leader, weight, ridge, classes, w, q, first }: Question): Answer {
  const defender = defenderOn(clean, nu, { weight, ridge, classes });
  try {
    const { point, inverse } = minimised(
      defender,
      w,
      (at) => preconditionerAt(at, classes, { ridge, rows: rowsOfMoments }),
      first ? firstBudget : budget,
    );
    try {
      const { loss, errors, gradient } = leaderAt(leader ?? clean, point.w, classes);
      const start = q.some((value) => value !== 0) ? { start: q } : {};
      const solved = conjugateGradients(point, gradient, inverse, { ...adjoint, ...start });
      return {
        w: point.w,
        q: solved.solution,
        loss,
        errors,
        gradientNorm: norm(point.gradient),
        solverResidual: solved.relativeResidual,
      };
    } finally {
      point.dispose();
      inverse.dispose();
    }
  } finally {
    defender.dispose();
  }
}

/** L and dL/dw on these rows. */
function leaderAt(rows: Rows, w: Float64Array, classes: number) {
  const a = withOnes(rows);
  try {
    const at = (v: Float64Array, side: number) => tf.tensor2d(Float32Array.from(v), [side, classes]);
    const [z] = valuesOf(() => [tf.matMul(a, at(w, w.length / classes))]) as [Float32Array];
    const { slope, ...found } = smoothErrors(z, rows.y, classes);
    const [gradient] = valuesOf(() => [tf.matMul(a, at(slope, rows.count), true, false)]) as [Float32Array];
    return { ...found, gradient: Float64Array.from(gradient) };
  } finally {
    a.dispose();
  }
}
