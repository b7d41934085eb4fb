/** A table as Markdown, from result cards only. */
import type { ProfileName } from './cell-file';
import type { CellState } from './cell-state';
import { entriesOf } from './entries';
import type { Entry } from './entries';
import { detailTable, gridOf, lectureCell, markedText, theoryHead, theoryRows } from './grid';
import { hasOwnPlot, plotTitle } from './plot';
import { engineText, flagLines, footnotesOf, legendOf, missingLines, profileText, sourceOf } from './remarks';
import type { Table } from './table-folder';

/** The document. Equal cards give equal bytes. */
export function tableMarkdown(table: Table, profile: ProfileName, states: readonly CellState[]): string {
  const entries = entriesOf(table, profile, states);
  const notes = footnotesOf(table, entries);
  const measured = entries.filter(({ outcome }) => outcome !== undefined).length;
  const titles = [...table.columns].map(([id, title]) => withMark(title, notes.mark(id)));
  const grid = gridOf(table, entries).flatMap(({ row, entries: cells }) => [
    [
      `**${escaped(withMark(table.rows.get(row) ?? row, notes.mark(row)))}**`,
      'lecture',
      ...cells.map((cell) => escaped(lectureCell(cell, notes))),
    ],
    ['', 'measured', ...measuredOf(cells)],
  ]);
  const ownGrid = gridOf(table, entries).map(({ row, entries: cells }) => [
    `**${escaped(withMark(table.rows.get(row) ?? row, notes.mark(row)))}**`,
    ...measuredOf(cells).map((text, index) => withMark(text, escaped(notes.mark(cells[index]?.state.cell.id ?? '')))),
  ]);
  const theory = theoryRows(entries);
  const details = detailTable(entries);
  return [
    `# ${escaped(table.title)}`,
    `${sourceOf(table)} Profile \`${profile}\`: ${measured} of ${entries.length} cells measured.`,
    `**${escaped(profileText(table, profile, entries))}**`,
    table.page === undefined
      ? markdownTable(['', ...titles.map(escaped)], ownGrid, 1)
      : markdownTable(['', '', ...titles.map(escaped)], grid, 2),
    ...(hasOwnPlot(table, entries) ? [`![${escaped(plotTitle(table))}](${profile}.svg)`] : []),
    legendOf(table, entries).map(escaped).join(' '),
    ...listed(
      '',
      notes.texts.map((text, index) => `[${index + 1}] ${text}`),
    ),
    ...table.notes.map(escaped),
    ...listed('## Not measured', missingLines(entries)),
    ...(theory.length > 0 ? ['## Theory', markdownTable([...theoryHead], theory.map(escapedRow), 1)] : []),
    ...(details.rows.length > 0 && table.reports !== 'tau'
      ? ['## Every cell', markdownTable(details.head, details.rows.map(escapedRow), 2)]
      : []),
    ...listed('## Flags', flagLines(entries)),
    ...(measured > 0 ? [escaped(engineText(entries))] : []),
  ]
    .filter((part) => part !== '')
    .join('\n\n')
    .concat('\n');
}

const measuredOf = (cells: readonly (Entry | undefined)[]): string[] =>
  cells.map((cell) => (cell === undefined ? '' : escaped(markedText(cell))));

function markdownTable(head: readonly string[], rows: readonly (readonly string[])[], left: number): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, index) => (index < left ? '---' : '---:'))), ...rows.map(line)].join('\n');
}

function listed(heading: string, lines: readonly string[]): string[] {
  if (lines.length === 0) return [];
  return [heading, lines.map((line) => `- ${escaped(line)}`).join('\n')];
}

/** Text that no Markdown notices. */
function escaped(text: string): string {
  return text.replace(/[|<>]/g, (character) => `\\${character}`).replace(/\[(\d+)\]/g, '\\[$1\\]');
}

const escapedRow = (row: readonly string[]): string[] => row.map(escaped);
const withMark = (title: string, mark: string): string => (mark === '' ? title : `${title} ${mark}`);
