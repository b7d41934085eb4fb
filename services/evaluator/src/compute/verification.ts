/** Whether poison keeps the rules: |nu| = floor(eps_d |mu|), nu in Gamma, labels are classes, values finite. */
import { gammaOf, poisonRows, storedRow } from '@theriac/board';
import type { Board } from '@theriac/board';
import type { ConstraintSpec } from '@theriac/contract/game';
import { norm, poisonBase, poisonCount } from '@theriac/game';
import type { Constraint, PoisonFraction, Rows } from '@theriac/game';
import { invalid } from '@theriac/tensors';
import type { BasedRows, EvaluatorMethods } from './methods';

type Verdict = EvaluatorMethods['verifyPoison']['output'];

/** Checks `poison` against Gamma and eps_d. Nothing is repaired. */
export function verifyPoison(board: Board, poison: BasedRows, spec: ConstraintSpec, fraction: PoisonFraction): Verdict {
  const rows = poisonRows(board, poison);
  const count = rows.count;
  const allowed = poisonCount(fraction, board.clean.count);
  const violations: Verdict['violations'][number][] = [];
  if (count !== allowed)
    violations.push({
      rule: 'count',
      rows: Math.abs(count - allowed),
      worst: Math.abs(count - allowed),
      message: `There are ${count} poison rows; the fraction allows ${allowed}.`,
    });
  const gamma = gammaOf(board, spec);
  const base = baseOf(board, poison, gamma, count);
  const nu = { x: poison.x, y: poison.y, baseIndices: base, count, features: rows.features };
  const found = gamma.violations(
    nu,
    poisonBase(base, (row) => storedRow(board, row), board.clean.y, rows.features),
  );
  violations.push(
    ...found.map(({ kind, rows: broken, worst, message }) => ({ rule: kind, rows: broken, worst, message })),
  );
  return { count, allowed, violations, rowNorms: rowNorms(rows, board.clean) };
}

function baseOf(board: Board, poison: BasedRows, gamma: Constraint, count: number): Int32Array {
  const base = poison.base ?? new Int32Array(count).fill(-1);
  const none = base.findIndex((row) => row < 0 || row >= board.clean.count);
  if (none < 0) return base;
  const relative = gamma.fixesLabels || gamma.kind.includes('ball');
  if (relative)
    throw invalid(
      'poison.base',
      `${base[none]} in row ${none}`,
      `training rows 0 to ${board.clean.count - 1}`,
      `Name the base rows: constraint ${gamma.kind} is relative to them.`,
    );
  return new Int32Array(count);
}

function rowNorms(poison: Rows, clean: Rows): Verdict['rowNorms'] {
  const norms = ({ x, count, features }: Rows): Float64Array =>
    Float64Array.from({ length: count }, (_, j) => norm(x.subarray(j * features, (j + 1) * features))).sort();
  const own = norms(poison);
  const median = (sorted: Float64Array): number => sorted[Math.floor(sorted.length / 2)] ?? 0;
  return { median: median(own), max: own[own.length - 1] ?? 0, cleanMedian: median(norms(clean)) };
}
