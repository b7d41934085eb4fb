/** A table as one self-contained page for light and dark, nothing fetched, from result cards only. */
import { escape, section } from '../report/html';
import { styles } from '../report/styles';
import type { ProfileName } from './cell-file';
import type { CellState } from './cell-state';
import { entriesOf, shownSpread } from './entries';
import type { Entry } from './entries';
import { detailTable, gridOf, lectureCell, theoryHead, theoryRows } from './grid';
import { plotPanels, plotTitle } from './plot';
import {
  detailNote,
  engineText,
  flagLines,
  footnotesOf,
  legendOf,
  missingLines,
  profileText,
  sourceOf,
} from './remarks';
import type { Footnotes } from './remarks';
import { tableStyles } from './page-styles';
import type { Table } from './table-folder';

/** The page. Equal cards give equal bytes. */
export function tablePage(table: Table, profile: ProfileName, states: readonly CellState[]): string {
  const entries = entriesOf(table, profile, states);
  const notes = footnotesOf(table, entries);
  const theory = theoryRows(entries);
  const details = detailTable(entries);
  const body = [
    heading(table, profile, entries),
    `<p class="profile ${profile}">${escape(profileText(table, profile, entries))}</p>`,
    `<div class="scroll">${matrix(table, entries, notes)}</div>`,
    legend(table, entries),
    footnotes(notes, table.notes),
    section(plotTitle(table), plotPanels(table, entries)),
    section('Not measured', lines(missingLines(entries))),
    section('Theory', theory.length === 0 ? '' : plainTable(theoryHead, theory, 1)),
    section(
      'Every cell',
      details.rows.length === 0 || table.reports === 'tau' ? '' : plainTable(details.head, details.rows, 2),
      detailNote(entries),
    ),
    flags(entries),
    `<footer>${escape(engineText(entries))} Made by theriac from result cards; accuracies in percent, drops in percentage points.</footer>`,
  ];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(`${table.title} (${profile})`)}</title><style>${styles}${tableStyles}</style></head>
<body><main>${body.join('\n')}</main></body></html>
`;
}

function heading(table: Table, profile: ProfileName, entries: readonly Entry[]): string {
  const measured = entries.filter(({ outcome }) => outcome !== undefined).length;
  return `<header><div class="eyebrow">Theriac. ${escape(sourceOf(table))}</div><h1>${escape(table.title)}</h1><p>Profile ${profile}: ${measured} of ${entries.length} cells measured.</p></header>`;
}

function matrix(table: Table, entries: readonly Entry[], notes: Footnotes): string {
  const head = [...table.columns].map(([id, title]) => `<th scope="col">${escape(title)}${mark(notes, id)}</th>`);
  const rows = gridOf(table, entries).map(({ row, entries: cells }) => {
    const greatest = Math.max(1e-9, ...cells.flatMap((cell) => (cell === undefined ? [] : valuesOf(table, cell))));
    return `<tr><th scope="row">${escape(table.rows.get(row) ?? row)}${mark(notes, row)}</th>${cells.map((cell) => matrixCell(table, cell, notes, greatest)).join('')}</tr>`;
  });
  return `<table class="matrix"><thead><tr><td></td>${head.join('')}</tr></thead><tbody>${rows.join('')}</tbody></table>`;
}

function matrixCell(table: Table, entry: Entry | undefined, notes: Footnotes, greatest: number): string {
  if (entry === undefined) return '<td class="empty"></td>';
  const { state, outcome, verdict, flagged, text, lecture } = entry;
  const kind = outcome === undefined ? (state.failed ? 'failed' : 'missing') : (verdict ?? 'measured');
  const title = [state.cell.id, ...(state.reason === undefined ? [] : [state.reason]), ...(outcome?.flags ?? [])];
  const marks = `${verdict === 'misses' ? ' <abbr title="misses the lecture\'s figure">✗</abbr>' : ''}${flagged ? ' <abbr title="flagged">⚑</abbr>' : ''}`;
  const words = escape(text).replace(/ \((.*)\)$/, ' <small>($1)</small>');
  const drop = shownSpread(table, outcome)?.mean;
  const bars = [
    bar('measured', drop, greatest),
    bar('lecture', drop === undefined || lecture === undefined ? undefined : lecture.drop, greatest),
  ].join('');
  return `<td class="${kind}" title="${escape(title.join('\n'))}"><b>${words}${marks}</b>${table.page === undefined ? '' : `<span>${escape(lectureCell(entry, notes))}</span>`}${bars}</td>`;
}

/** What bars are drawn of. */
function valuesOf(table: Table, { lecture, outcome }: Entry): number[] {
  const drop = shownSpread(table, outcome)?.mean;
  return [...(typeof drop === 'number' ? [drop] : []), ...(lecture === undefined ? [] : [lecture.drop])];
}

function bar(kind: 'measured' | 'lecture', value: number | null | undefined, greatest: number): string {
  if (value === undefined || value === null) return '';
  const width = Math.max(0, Math.min(100, (100 * value) / greatest));
  return `<i class="bar ${kind}" style="width:${width.toFixed(1)}%"></i>`;
}

function mark(notes: Footnotes, id: string): string {
  const text = notes.mark(id);
  return text === '' ? '' : ` <sup>${escape(text)}</sup>`;
}

function legend(table: Table, entries: readonly Entry[]): string {
  const words = legendOf(table, entries).map((line) => `<li>${escape(line)}</li>`);
  const keys =
    table.reports === 'tau'
      ? ''
      : `<li><b class="key measured"></b> measured${table.page === undefined ? '' : ', above; <b class="key lecture"></b> the lecture, below'}; bars: ${table.reports === 'success' ? 'success' : 'drops'}, to the scale of their row</li>`;
  return `<ul class="marks">${keys}${words.join('')}</ul>`;
}

function footnotes({ texts }: Footnotes, notes: readonly string[]): string {
  const numbered = texts.map((text, index) => `<p>[${index + 1}] ${escape(text)}</p>`);
  return `<div class="footnotes">${numbered.join('')}${notes.map((note) => `<p>${escape(note)}</p>`).join('')}</div>`;
}

function plainTable(head: readonly string[], rows: readonly (readonly string[])[], left: number): string {
  const cell = (tag: 'th' | 'td') => (text: string, index: number) =>
    `<${tag}${index < left ? '' : ' class="figure"'}>${escape(text)}</${tag}>`;
  const body = rows.map((row) => `<tr${row[0] === '' ? ' class="more"' : ''}>${row.map(cell('td')).join('')}</tr>`);
  return `<div class="scroll"><table><thead><tr>${head.map(cell('th')).join('')}</tr></thead><tbody>${body.join('')}</tbody></table></div>`;
}

function flags(entries: readonly Entry[]): string {
  const found = flagLines(entries);
  if (found.length === 0) return '';
  return `<div class="flags"><h3>Before you believe it</h3>${lines(found)}</div>`;
}

function lines(texts: readonly string[]): string {
  return texts.length === 0 ? '' : `<ul>${texts.map((text) => `<li>${escape(text)}</li>`).join('')}</ul>`;
}
