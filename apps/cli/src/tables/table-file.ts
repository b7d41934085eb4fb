/** table.yaml: what a table is called, its rows and columns in order, what it reports, and what must be said beside it. */
import { integer, listOf, mappingOf, readFields, readYaml, refused, text, word } from './fields';
import type { Place } from './fields';

export const reportKinds = ['accuracy', 'drop', 'tau', 'success'] as const;
/** What stands in a cell: accuracy and drop; the drop; tau; the success of each signal. */
export type ReportKind = (typeof reportKinds)[number];

export interface Footnote {
  /** A cell, a row or a column. */
  readonly on: string;
  readonly text: string;
}

export interface TableFile {
  /** The folder's name. */
  readonly name: string;
  readonly title: string;
  /** Page of the lecture whose table this is; undefined for one of our own. */
  readonly page: number | undefined;
  readonly reports: ReportKind;
  /** Titles by id, in order. */
  readonly rows: ReadonlyMap<string, string>;
  readonly columns: ReadonlyMap<string, string>;
  readonly footnotes: readonly Footnote[];
  readonly notes: readonly string[];
}

const footnote = (value: unknown, place: Place): Footnote => {
  const { on = '', text: words = '' } = readFields(value, place, { on: text, text }, ['on', 'text']);
  return { on, text: words };
};

/** Reads a table. Throws INVALID_ARGUMENT naming file, key, what was found and what is allowed. */
export function parseTable(content: string, name: string, file: string): TableFile {
  const fields = {
    title: text,
    page: integer(1, 1000),
    reports: word(...reportKinds),
    rows: mappingOf(text),
    columns: mappingOf(text),
    footnotes: listOf(footnote),
    notes: listOf(text),
  };
  const place = { file, key: '' };
  const read = readFields(readYaml(content, file), place, fields, ['title', 'reports', 'rows', 'columns']);
  const { title = '', page, reports = 'accuracy', rows = new Map(), columns = new Map() } = read;
  for (const [key, titles] of [
    ['rows', rows],
    ['columns', columns],
  ] as const)
    if (titles.size === 0) throw refused({ file, key }, 'nothing', 'at least one id with its title');
  return { name, title, page, reports, rows, columns, footnotes: read.footnotes ?? [], notes: read.notes ?? [] };
}
