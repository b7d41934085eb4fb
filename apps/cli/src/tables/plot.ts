/** The plot of a table: a bar for every measured cell, and one for what the lecture says; from result cards only. */
import { barChart } from '../report/bar-chart';
import type { Bar } from '../report/bar-chart';
import { escape } from '../report/html';
import { shownSpread } from './entries';
import type { Entry } from './entries';
import { gridOf } from './grid';
import type { Table } from './table-folder';

/** What the bars are of. */
export function plotTitle({ reports }: Pick<Table, 'reports'>): string {
  return (
    { tau: 'The threshold tau', success: 'Success of the signal, percent' }[reports as string] ??
    'Points of accuracy lost'
  );
}

/** Whether a plot is kept beside the rendered text: of our own tables, where there is something to draw. */
export function hasOwnPlot(table: Table, entries: readonly Entry[]): boolean {
  return table.page === undefined && chartsOf(table, entries).length > 0;
}

/** A panel per row of the table; empty where nothing was measured. */
export function plotPanels(table: Table, entries: readonly Entry[]): string {
  const panels = chartsOf(table, entries).map(
    ({ title, chart }) => `<div class="panel"><h3>${escape(title)}</h3>${chart}</div>`,
  );
  return panels.length === 0 ? '' : `<div class="panels">${panels.join('')}</div>`;
}

const [width, titleHeight, gap] = [520, 26, 14];

/** The same as one self-contained SVG file. */
export function plotFile(table: Table, entries: readonly Entry[]): string {
  const parts: string[] = [];
  let y = titleHeight;
  for (const { title, chart } of chartsOf(table, entries)) {
    const height = Number(/viewBox="0 0 \d+ (\d+)"/.exec(chart)?.[1] ?? 0);
    parts.push(
      `<text class="strong" x="4" y="${y + 16}">${escape(title)}</text>`,
      chart.replace('<svg ', `<svg x="0" y="${y + titleHeight}" width="${width}" height="${height}" `),
    );
    y += titleHeight + height + gap;
  }
  const head = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${y}" width="${width}" height="${y}" role="img" aria-label="${escape(`${table.title}: ${plotTitle(table)}`)}">`;
  const title = `<text class="title" x="4" y="18">${escape(`${table.title}: ${plotTitle(table).toLowerCase()}`)}</text>`;
  return `${head}<style>${plotStyles}</style><rect class="ground" width="${width}" height="${y}"/>${title}\n${parts.join('\n')}\n</svg>\n`;
}

const plotStyles = `
.ground { fill: #fff; } text { font: 12px system-ui, sans-serif; fill: #5d6670; } .strong { fill: #1d2126; font-weight: 600; } .title { fill: #1d2126; font-weight: 700; font-size: 14px; }
.poison-fill { fill: #c4391d; } .paper-fill { fill: #8a6d1f; } .clean-fill { fill: #1f6f8b; } .soft-fill { fill: #5d6670; } .axis { stroke: #1d2126; stroke-width: 1; }
`;

function chartsOf(table: Table, entries: readonly Entry[]): { title: string; chart: string }[] {
  return gridOf(table, entries).flatMap(({ row, entries: cells }) => {
    const bars = cells.flatMap((entry) => (entry === undefined ? [] : barsOf(table, entry)));
    const title = table.rows.get(row) ?? row;
    return bars.length === 0
      ? []
      : [{ title, chart: barChart(`${title}: ${plotTitle(table)}`, bars, { log: table.reports === 'tau' }) }];
  });
}

function barsOf(table: Table, { state: { cell }, outcome, lecture, text, lectureText }: Entry): Bar[] {
  const name = table.columns.get(cell.column) ?? cell.column;
  const tau = table.reports === 'tau';
  const value = tau ? outcome?.tau : shownSpread(table, outcome)?.mean;
  if (outcome === undefined || value === undefined || value === null) return [];
  const spread = tau ? 0 : (shownSpread(table, outcome)?.sd ?? 0);
  const said = tau ? lecture?.tau : lecture?.drop;
  const short = (words: string): string => words.replace(/ \(.*\)$/, '').replace(/^.* \/ /, '');
  return [
    { name, value, spread, text: short(text), kind: 'poison' },
    ...(said === undefined ? [] : [{ name: 'lecture', value: said, text: short(lectureText), kind: 'paper' as const }]),
  ];
}
