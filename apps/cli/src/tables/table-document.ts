/** What `theriac table --json` prints. */
import type { ProfileName } from './cell-file';
import type { CellState } from './cell-state';
import { entriesOf } from './entries';
import { expectedSeconds } from './plan';
import type { Table } from './table-folder';

/** The table with every cell's state, figures and card. */
export function tableDocument(table: Table, profile: ProfileName, states: readonly CellState[]) {
  return {
    table: table.name,
    title: table.title,
    page: table.page ?? null,
    profile,
    cells: entriesOf(table, profile, states).map(({ state, lecture, outcome, verdict }) => {
      const { cell, prepared, measured, from, reason, failed, probed } = state;
      const { machine: _, ...figures } = outcome ?? { machine: '' };
      return {
        id: cell.id,
        row: cell.row,
        column: cell.column,
        status: measured !== undefined ? 'measured' : failed ? 'failed' : 'not measured',
        from: from ?? null,
        reason: reason ?? null,
        question: prepared?.question ?? null,
        lecture: lecture ?? null,
        verdict: verdict ?? null,
        measured: outcome === undefined ? null : defined(figures),
        expectedSeconds: expectedSeconds(state) ?? null,
        probe: probed?.probe ?? null,
        card: measured?.card ?? null,
      };
    }),
  };
}

/** Without the fields that are undefined. */
function defined(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
