/** Whether poison keeps the rules: |nu| = floor(eps_d |mu|), nu in Gamma, labels are classes, values finite. */
import { gammaOf, poisonRows, storedRow } from '@theriac/board';
import type { Board, PlacedRows } from '@theriac/board';
import type { ConstraintSpec } from '@theriac/contract/game';
import { poisonBase, poisonCount, requirePlaceable, rowsBetween } from '@theriac/game';
import type { Constraint, PoisonFraction, RowData, Rows } from '@theriac/game';
import { invalid, norm } from '@theriac/tensors';
import type { EvaluatorMethods } from './methods';

type Verdict = EvaluatorMethods['verifyPoison']['output'];

/** Checks `poison` against Gamma and eps_d. Nothing is repaired. */
export function verifyPoison(
  board: Board,
  poison: PlacedRows,
  spec: ConstraintSpec,
  fraction: PoisonFraction,
): Verdict {
  const rows = poisonRows(board, poison);
  const count = rows.count;
  requirePlaceable(fraction, poison.placement ?? 'added');
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
  if (poison.placement === 'replaced') violations.push(...takenTwice(base));
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

function baseOf(board: Board, poison: PlacedRows, gamma: Constraint, count: number): Int32Array {
  const base = poison.base ?? new Int32Array(count).fill(-1);
  const none = base.findIndex((row) => row < 0 || row >= board.clean.count);
  if (none < 0) return base;
  const replaced = poison.placement === 'replaced';
  const relative = replaced || gamma.fixesLabels || gamma.kind.includes('ball');
  if (relative)
    throw invalid(
      'poison.base',
      `${base[none]} in row ${none}`,
      `training rows 0 to ${board.clean.count - 1}`,
      `Name the base rows: ${replaced ? 'the poison takes their place' : `constraint ${gamma.kind} is relative to them`}.`,
    );
  return new Int32Array(count);
}

/** Where rows of poison take the place of the same row. */
function takenTwice(base: Int32Array): Verdict['violations'] {
  const again = base.length - new Set(base).size;
  if (again === 0) return [];
  const message = 'Poison rows take the place of a training row that another has taken.';
  return [{ rule: 'placement', rows: again, worst: again, message }];
}

/** Rows of which norms are taken at once: few, so that streamed rows are never all in memory. */
const block = 256;

function rowNorms(poison: Rows, clean: RowData): Verdict['rowNorms'] {
  const own = sortedNorms(poison);
  return { median: middle(own), max: own[own.length - 1] ?? 0, cleanMedian: middle(sortedNorms(clean)) };
}

function sortedNorms(rows: RowData): Float64Array {
  const { count, features } = rows;
  const norms = new Float64Array(count);
  for (let from = 0; from < count; from += block) {
    const part = rowsBetween(rows, from, Math.min(from + block, count));
    for (let j = 0; j < part.count; j++) norms[from + j] = norm(part.x.subarray(j * features, (j + 1) * features));
  }
  return norms.sort();
}

function middle(sorted: Float64Array): number {
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
