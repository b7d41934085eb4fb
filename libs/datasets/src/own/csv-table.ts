/** A user's own table as CSV: numbers, one row a line, a header or none; the label in the column of that name, else the last. */
import { basename } from 'node:path';
import { Readable } from 'node:stream';
import { TheriacError } from '@theriac/tensors';
import { parse } from 'csv-parse';
import { reasonOf, sha256 } from '../integrity';
import { rowsOf } from '../rows-of';
import { shuffledDigest, shuffledRows } from '../row-order';
import { holdOut } from './hold-out';
import { checkedLabels } from './labels';
import type { OwnParts } from './own-parts';
import { unusable } from './unusable';

/** Names of the label's column, by preference. */
const labelNames = ['label', 'class', 'y', 'target'];

/** Reads a table. Refuses, by row and column, text, empty cells, numbers that are not finite, and rows of another length. */
export async function readCsv(location: string, bytes: Uint8Array): Promise<OwnParts> {
  const name = basename(location);
  const { stored, labels: found, columns, lines } = await readNumbers(name, bytes);
  const { labels, classes } = checkedLabels(found, (row) => `${name}, line ${lines[row]}`, name);
  const features = columns - 1;
  const classNames = Array.from({ length: classes }, (_, label) => String(label));
  const all = { count: labels.length, features, stored, labels };
  const { train, test } = holdOut(labels, classNames);
  const rows = shuffledRows(train, 'own', 'train');
  return {
    shape: [features],
    classNames,
    storedRange: null,
    counts: { train: train.length, test: test.length },
    digest: shuffledDigest(sha256(bytes)),
    train: async () => rowsOf(all, rows),
    test: async () => rowsOf(all, test),
  };
}

interface Numbers {
  /** [rows, columns - 1]. */
  readonly stored: Float32Array;
  readonly labels: readonly number[];
  /** The label's included. */
  readonly columns: number;
  /** Of each row, the line of the file. */
  readonly lines: readonly number[];
}

async function readNumbers(name: string, bytes: Uint8Array): Promise<Numbers> {
  const values: number[] = [];
  const labels: number[] = [];
  const lines: number[] = [];
  let header: string[] | undefined;
  let columns = 0;
  let labelAt = 0;
  for await (const { record, line } of recordsOf(name, bytes)) {
    if (columns === 0) {
      columns = record.length;
      if (columns < 2) throw unusable(`${name} has ${columns} column`, 'features and a label, separated by commas');
      const first = record.map((cell) => cell.trim());
      if (first.some((cell) => !isNumber(cell))) header = first;
      const named = labelNames.map((label) => first.findIndex((cell) => cell.toLowerCase() === label));
      labelAt = named.find((at) => at >= 0) ?? columns - 1;
      if (header !== undefined) continue;
    }
    if (record.length !== columns)
      throw unusable(`${name}, line ${line}, has ${record.length} columns`, `${columns}, as the first line has`);
    lines.push(line);
    record.forEach((cell, at) => {
      const text = cell.trim();
      const value = isNumber(text) ? Number(text) : NaN;
      if (!Number.isFinite(Math.fround(value)))
        throw unusable(
          `${name}, line ${line}, column ${header?.[at] ? JSON.stringify(header[at]) : at + 1}, is ${JSON.stringify(text.slice(0, 40))}`,
          'a finite number',
          'Encode text as numbers, and fill in or remove what is missing.',
        );
      if (at === labelAt) labels.push(value);
      else values.push(value);
    });
  }
  if (labels.length === 0) throw unusable(`${name} has no rows`, 'at least two rows of every class');
  return { stored: Float32Array.from(values), labels, columns, lines };
}

async function* recordsOf(name: string, bytes: Uint8Array): AsyncGenerator<{ record: string[]; line: number }> {
  const parser = Readable.from(piecesOf(bytes)).pipe(
    parse({
      bom: true,
      info: true,
      recordDelimiter: ['\r\n', '\n', '\r'],
      relaxColumnCount: true,
      skipEmptyLines: true,
      skipRecordsWithEmptyValues: false,
    }),
  );
  const records: AsyncIterable<{ record: string[]; info: { lines: number } }> = parser;
  try {
    for await (const { record, info } of records) yield { record, line: info.lines };
  } catch (error) {
    if (error instanceof TheriacError) throw error;
    throw unusable(`${name} is no CSV table: ${reasonOf(error)}`, 'cells separated by commas, quotes in pairs');
  }
}

function* piecesOf(bytes: Uint8Array): Generator<Uint8Array> {
  const size = 1 << 16;
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
}

function isNumber(cell: string): boolean {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(cell);
}
