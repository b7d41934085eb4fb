/** Measured cells of the other tables: the same question, asked in two tables, is measured once. */
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cellKinds, profileNames } from './cell-file';
import { readDocument, resultsFolder } from './measured-cell';
import type { MeasuredCell } from './measured-cell';
import { tablesIn } from './table-folder';
import type { Table } from './table-folder';

/** Finds a committed card of another table by its question; the tables are read when the first is asked for. */
export function neighboursOf(table: Table): (question: string) => MeasuredCell | undefined {
  let cards: Map<string, MeasuredCell> | undefined;
  return (question) => (cards ??= readAll(table)).get(question);
}

function readAll(table: Table): Map<string, MeasuredCell> {
  const experiments = dirname(table.folder);
  const folders = tablesIn(experiments)
    .filter((name) => name !== table.name)
    .flatMap((name) => profileNames.map((profile) => resultsFolder(join(experiments, name), profile)));
  return new Map(folders.flatMap(cardsIn).map((card) => [card.question, card]));
}

function cardsIn(folder: string): MeasuredCell[] {
  return jsonFilesIn(folder)
    .filter((name) => !name.endsWith('.probe'))
    .flatMap((name) => readDocument<MeasuredCell>(folder, name, cellKinds) ?? []);
}

function jsonFilesIn(folder: string): string[] {
  try {
    const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
    return names.sort().map((name) => name.slice(0, -'.json'.length));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
