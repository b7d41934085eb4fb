/** The tables that there are, and what of them is measured. */
import { existsSync, readdirSync } from 'node:fs';
import { canonicalJson } from '@theriac/game';
import { textTable } from '../presentation/table';
import { profileNames } from './cell-file';
import { resultsFolder } from './measured-cell';
import { readTable, tablesIn } from './table-folder';

/** Every table with its title, page, number of cells, and committed cards by profile. */
export function listText(experiments: string, json: boolean): string {
  const tables = tablesIn(experiments).map((name) => {
    const { title, page, cells, folder } = readTable(experiments, name);
    const committed = profileNames.map((profile) => {
      const results = resultsFolder(folder, profile);
      const files = existsSync(results) ? readdirSync(results) : [];
      return [profile, cells.filter(({ id }) => files.includes(`${id}.json`)).length] as const;
    });
    return { name, title, page, cells: cells.length, measured: Object.fromEntries(committed) };
  });
  if (json) return canonicalJson(tables);
  const right = { align: 'right' as const };
  const columns = [
    { title: 'table' },
    { title: 'page', ...right },
    { title: 'cells', ...right },
    ...profileNames.map((profile) => ({ title: `${profile} cards`, ...right })),
    { title: 'what it shows' },
  ];
  const rows = tables.map(({ name, title, page, cells, measured }) => [
    name,
    page === undefined ? '' : String(page),
    String(cells),
    ...profileNames.map((profile) => String(measured[profile] ?? 0)),
    title,
  ]);
  return `${textTable(columns, rows)}\n`;
}
