/**
 * experiments/<table>/: table.yaml, cells/<cell>.yaml, and results/<profile>/<cell>.json, the cards that were measured.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { invalid, TheriacError } from '@theriac/tensors';
import picomatch from 'picomatch';
import { parseCell } from './cell-file';
import type { CellFile } from './cell-file';
import { refused } from './fields';
import { parseTable } from './table-file';
import type { TableFile } from './table-file';

export interface Table extends TableFile {
  readonly folder: string;
  /** By row, then by column. */
  readonly cells: readonly CellFile[];
}

/** The tables that come with Theriac. */
export const experimentsFolder = resolve(__dirname, '..', '..', '..', '..', 'experiments');

/** The names of the tables in a folder, sorted. */
export function tablesIn(experiments: string): string[] {
  if (!existsSync(experiments)) return [];
  return readdirSync(experiments)
    .filter((name) => existsSync(join(experiments, name, 'table.yaml')))
    .sort();
}

/** Reads a table with all its cells. Throws NOT_FOUND naming the tables that are there, INVALID_ARGUMENT for a bad file. */
export function readTable(experiments: string, name: string): Table {
  const folder = join(experiments, name);
  const known = tablesIn(experiments);
  if (!known.includes(name))
    throw new TheriacError(`there is no table ${JSON.stringify(name)} in ${shown(resolve(experiments))}`, {
      code: 'NOT_FOUND',
      field: 'table',
      found: name,
      allowed: known.length === 0 ? 'none' : known.join(', '),
      remedy: 'Name one of these, or another folder with --experiments.',
    });
  const file = join(folder, 'table.yaml');
  const table = parseTable(readFileSync(file, 'utf8'), name, shown(file));
  const cells = cellFiles(join(folder, 'cells')).map(({ id, path }) =>
    parseCell(readFileSync(path, 'utf8'), id, shown(path)),
  );
  for (const cell of cells) requirePlace(table, cell);
  requireOneEach(cells);
  requireFootnotes(table, cells, shown(file));
  return { ...table, folder, cells: inOrder(table, cells) };
}

/** The cells that match one of the patterns (`*`, `?`, `{a,b}`); all without a pattern. Throws where none does. */
export function selectCells(cells: readonly CellFile[], patterns: readonly string[]): readonly CellFile[] {
  if (patterns.length === 0) return cells;
  const chosen = new Set<CellFile>();
  for (const pattern of patterns) {
    const matches = picomatch(pattern);
    const found = cells.filter(({ id }) => matches(id));
    if (found.length === 0) throw invalid('--cells', pattern, cells.map(({ id }) => id).join(', '));
    for (const cell of found) chosen.add(cell);
  }
  return cells.filter((cell) => chosen.has(cell));
}

function cellFiles(folder: string): { id: string; path: string }[] {
  const names = existsSync(folder) ? readdirSync(folder).sort() : [];
  const cells = names.filter((name) => /\.ya?ml$/.test(name));
  if (cells.length === 0) throw invalid(shown(folder), 'without cells', 'at least one <cell>.yaml');
  return cells.map((name) => ({ id: name.replace(/\.ya?ml$/, ''), path: join(folder, name) }));
}

function requirePlace({ rows, columns }: TableFile, { file, row, column }: CellFile): void {
  if (!rows.has(row)) throw refused({ file, key: 'row' }, row, [...rows.keys()].join(', '));
  if (!columns.has(column)) throw refused({ file, key: 'column' }, column, [...columns.keys()].join(', '));
}

function requireOneEach(cells: readonly CellFile[]): void {
  const places = new Map<string, CellFile>();
  for (const cell of cells) {
    const place = `row ${cell.row}, column ${cell.column}`;
    const other = places.get(place);
    if (other !== undefined)
      throw refused({ file: cell.file, key: 'column' }, cell.column, `a place that ${other.file} does not have`);
    places.set(place, cell);
  }
}

function requireFootnotes(table: TableFile, cells: readonly CellFile[], file: string): void {
  const known = [...table.rows.keys(), ...table.columns.keys(), ...cells.map(({ id }) => id)];
  for (const [index, { on }] of table.footnotes.entries())
    if (!known.includes(on)) throw refused({ file, key: `footnotes[${index}].on` }, on, known.join(', '));
}

function inOrder({ rows, columns }: TableFile, cells: readonly CellFile[]): CellFile[] {
  const rank = (ids: ReadonlyMap<string, string>, id: string): number => [...ids.keys()].indexOf(id);
  return [...cells].sort(
    (a, b) => rank(rows, a.row) - rank(rows, b.row) || rank(columns, a.column) - rank(columns, b.column),
  );
}

/** A path as errors name it: from the working folder where it lies below, from experiments/ elsewhere. */
function shown(path: string): string {
  const here = relative(process.cwd(), path);
  if (!here.startsWith('..')) return here;
  const below = relative(resolve(experimentsFolder, '..'), path);
  return below.startsWith('..') ? path : below;
}
