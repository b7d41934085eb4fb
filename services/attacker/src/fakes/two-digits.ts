/** Two classes of drawn digits, 1 and 7, at half the resolution, as a user's own data in a folder: for attacks on binary defenders. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadDataset } from '@theriac/datasets';

const digits = [1, 7];
const side = 28;
const half = side / 2;

export interface TwoDigits {
  /** The name of the data set: `path:FOLDER`. */
  readonly dataset: string;
  dispose(): Promise<void>;
}

/** `count` training rows of 14 x 14 pixels. The caller disposes. */
export async function twoDigits(count: number): Promise<TwoDigits> {
  const { train } = await loadDataset('synthetic-digits', { trainLimit: 8 * count });
  const rows = [...train.labels.keys()].filter((row) => digits.includes(train.labels[row]!)).slice(0, count);
  const x = new Uint8Array(count * half * half);
  rows.forEach((row, j) => {
    for (let k = 0; k < half * half; k++) {
      const pixel = row * side * side + 2 * Math.floor(k / half) * side + 2 * (k % half);
      x[j * half * half + k] = train.stored[pixel]!;
    }
  });
  const y = Uint8Array.from(rows, (row) => digits.indexOf(train.labels[row]!));
  const folder = await mkdtemp(join(tmpdir(), 'two-digits-'));
  for (const part of ['train', 'test']) {
    await writeFile(join(folder, `x_${part}.npy`), npy([count, half, half], x));
    await writeFile(join(folder, `y_${part}.npy`), npy([count], y));
  }
  return { dataset: `path:${folder}`, dispose: () => rm(folder, { recursive: true }) };
}

/** A NumPy array of bytes (NEP 1, format version 1). */
function npy(shape: readonly number[], values: Uint8Array): Buffer {
  const text = `{'descr': '|u1', 'fortran_order': False, 'shape': (${shape.join(', ')},), }`;
  const padded = `${text.padEnd(Math.ceil((text.length + 11) / 64) * 64 - 11)}\n`;
  const head = Buffer.from([0x93, ...Buffer.from('NUMPY'), 1, 0, padded.length % 256, Math.floor(padded.length / 256)]);
  return Buffer.concat([head, Buffer.from(padded, 'latin1'), values]);
}
