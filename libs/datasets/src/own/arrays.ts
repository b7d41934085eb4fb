/** A user's own data as NumPy arrays: x_train, y_train and perhaps x_test, y_test; or x, y. In a .npz file, or as .npy files. */
import { basename } from 'node:path';
import type { Examples } from '../dataset';
import { sha256 } from '../integrity';
import { rowsOf } from '../rows-of';
import { shuffledDigest, shuffledRows } from '../row-order';
import { checkedLabels } from './labels';
import { holdOut } from './hold-out';
import { parseNpy } from './npy';
import type { OwnParts } from './own-parts';
import { storedForm } from './stored-form';
import { unusable } from './unusable';

/** Names of the arrays that are read. */
export const arrayNames = ['x_train', 'y_train', 'x_test', 'y_test', 'x', 'y'];

/** Reads the arrays of `location` from their .npy files by name, for example `x_train`. */
export function readArrays(location: string, files: ReadonlyMap<string, Uint8Array>): OwnParts {
  const has = (name: string) => files.has(name);
  const split = has('x_train') || has('y_train');
  const parts = split ? (has('x_test') || has('y_test') ? ['_train', '_test'] : ['_train']) : [''];
  const absent = parts.flatMap((part) => [`x${part}`, `y${part}`]).filter((name) => !has(name));
  if (absent.length > 0)
    throw unusable(
      `${location} has no array ${absent.join(' and no ')}`,
      'x_train and y_train, with or without x_test and y_test; or x and y',
    );
  const [first, second] = parts.map((part) => readPart(location, files, part));
  const { shape, storedRange } = first!;
  const placed = (part: string) => (row: number) => `y${part} of ${basename(location)}, row ${row}`;
  const { labels, classes } = checkedLabels(first!.labels, placed(parts[0]!), `y${parts[0]}`);
  const classNames = Array.from({ length: classes }, (_, label) => String(label));
  if (second !== undefined && (second.shape.join() !== shape.join() || second.storedRange?.[1] !== storedRange?.[1]))
    throw unusable(
      `x_test of ${location} has rows of shape (${second.shape.join(', ')}), type ${second.dtype}`,
      `what x_train has: (${shape.join(', ')}), ${first!.dtype}`,
    );
  const testLabels = second && checkedLabels(second.labels, placed('_test'), 'y_test', classes).labels;
  const all: Examples = { ...first!.rows, labels };
  const rows = second === undefined ? holdOut(labels, classNames) : undefined;
  const trainRows = shuffledRows(rows?.train ?? [...labels.keys()], 'own', 'train');
  const digests = [...files].filter(([name]) => arrayNames.includes(name)).sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    shape,
    classNames,
    storedRange,
    counts: { train: trainRows.length, test: rows?.test.length ?? second!.rows.count },
    digest: shuffledDigest(sha256(digests.map(([name, bytes]) => `${sha256(bytes)}  ${name}\n`).join(''))),
    train: async () => rowsOf(all, trainRows),
    test: async () => (rows === undefined ? { ...second!.rows, labels: testLabels! } : rowsOf(all, rows.test)),
  };
}

function readPart(location: string, files: ReadonlyMap<string, Uint8Array>, part: string) {
  const x = parseNpy(files.get(`x${part}`)!, `x${part} of ${location}`);
  const y = parseNpy(files.get(`y${part}`)!, `y${part} of ${location}`);
  const form = storedForm(x, `x${part} of ${location}`);
  const { count } = form;
  if (y.shape.filter((length) => length !== 1).length > 1 || y.values.length !== count)
    throw unusable(
      `y${part} of ${location} has shape (${y.shape.join(', ')})`,
      `one label for each of the ${count} rows of x${part}`,
    );
  const labels = Float64Array.from(y.values as ArrayLike<number | bigint>, Number);
  const rows: Examples = { count, features: form.features, stored: form.stored, labels: new Uint8Array(0) };
  return { rows, labels, shape: form.shape, storedRange: form.storedRange, dtype: x.dtype };
}
