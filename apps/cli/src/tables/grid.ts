/** The shape of a rendered table: a grid of rows and columns, and one line per cell and protocol below it. */
import type { Spread } from '@theriac/game';
import { nothingLeftOut } from '../presentation/card-text';
import { duration, figure, percent } from '../presentation/figures';
import { withDeviation } from './entries';
import type { Entry } from './entries';
import type { Line } from './outcome';
import type { Footnotes } from './remarks';
import type { Table } from './table-folder';

/** The entry at each place, row by row; undefined where the table has no cell. */
export function gridOf(table: Table, entries: readonly Entry[]): { row: string; entries: (Entry | undefined)[] }[] {
  return [...table.rows.keys()].map((row) => ({
    row,
    entries: [...table.columns.keys()].map((column) =>
      entries.find(({ state: { cell } }) => cell.row === row && cell.column === column),
    ),
  }));
}

/** The measured figure with its marks. */
export function markedText({ text, verdict, flagged }: Entry): string {
  return `${text}${verdict === 'misses' ? ' ✗' : ''}${flagged ? ' ⚑' : ''}`;
}

/** The lecture's figure with its footnotes; a dash where it has none. */
export function lectureCell(entry: Entry | undefined, notes: Footnotes): string {
  if (entry === undefined) return '';
  const mark = notes.mark(entry.state.cell.id);
  return `${entry.lectureText === '' ? '-' : entry.lectureText}${mark === '' ? '' : ` ${mark}`}`;
}

/** One line per measured cell and protocol, below its titles; no lines, no titles. Columns that would be empty are left out. */
export function detailTable(entries: readonly Entry[]): { readonly head: string[]; readonly rows: string[][] } {
  const removal = ({ removed }: Line): string[] =>
    removed === undefined || nothingLeftOut(removed)
      ? ['', '', '']
      : [figure(removed.rows.mean), shareText(removed.precision), shareText(removed.recall)];
  const head = [
    'cell',
    'training',
    'rows',
    'poison rows',
    'clean %',
    'accuracy %',
    'drop',
    'success %',
    ...['left out', 'precision %', 'recall %'],
    'seeds',
    'gradient norm',
    'crafting',
    'in all',
  ];
  const rows = entries.flatMap(({ state: { cell }, settings, outcome }) =>
    (outcome?.lines ?? []).map((line, index) => [
      index === 0 ? cell.id : '',
      line.protocol,
      index > 0 ? '' : (settings['train-limit'] ?? 0) === 0 ? 'all' : String(settings['train-limit']),
      index > 0 || outcome?.poisonCount === 0 ? '' : String(outcome?.poisonCount),
      withDeviation(line.clean),
      line.drop === undefined ? '' : withDeviation(line.accuracy),
      line.drop === undefined ? '' : withDeviation(line.drop),
      line.success.map(withDeviation).join(' | '),
      ...removal(line),
      String(line.repetitions),
      figure(line.gradientNorm),
      index > 0 || outcome?.craftSeconds === undefined ? '' : duration(outcome.craftSeconds),
      index > 0 ? '' : duration(outcome?.totalSeconds ?? Number.NaN),
    ]),
  );
  const filled = (_: string, column: number): boolean => rows.some((row) => !['', figure(null)].includes(row[column]!));
  return { head: head.filter(filled), rows: rows.map((row) => row.filter(filled)) };
}

/** A share in percent; nothing where there was nothing to take it of. */
const shareText = (share: Spread): string => (share.mean === null ? '' : withDeviation(share));

export const theoryHead = [
  'cell',
  'accuracy %',
  'CE',
  'H',
  '<w, g(mu; w)>',
  'W((c-1)/e)',
  'tau',
  'last layer times',
  'eps_d',
  'residual at least',
  'largest scale within reach',
  'rows',
] as const;

/** One line per examined target. */
export function theoryRows(entries: readonly Entry[]): string[][] {
  return entries.flatMap(({ state: { cell, measured }, settings }) => {
    if (measured?.kind !== 'threshold') return [];
    const { accuracy, threshold, tau, scale, epsilonD, lowerBound, reachable } = measured.card;
    return [
      [
        cell.id,
        percent(accuracy),
        figure(threshold.crossEntropy),
        figure(threshold.entropy),
        figure(threshold.innerProduct),
        figure(threshold.constant),
        figure(tau),
        figure(scale),
        String(epsilonD),
        figure(lowerBound),
        figure(reachable.scale),
        (settings['train-limit'] ?? 0) === 0 ? 'all' : String(settings['train-limit']),
      ],
    ];
  });
}
