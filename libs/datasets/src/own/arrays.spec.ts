import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { npyOf } from '../fixtures/npy-of';
import { zipOf } from '../fixtures/zip-of';
import { loadDataset } from '../load';
import { loadTestSplit } from '../test-split';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'theriac-arrays-'));
});
afterEach(() => rm(directory, { recursive: true }));

const labels = (...values: number[]) => npyOf('<i8', [values.length], BigInt64Array.from(values, BigInt));
/** Rows of two values: the row, and its label. */
const table = (...rowLabels: number[]) =>
  npyOf('<f4', [rowLabels.length, 2], Float32Array.from(rowLabels.flatMap((label, row) => [row, label])));
const images = (count: number, values: (k: number) => number, dtype: '|u1' | '<f4' = '|u1') => {
  const all = Array.from({ length: 4 * count }, (_, k) => values(k));
  return npyOf(dtype, [count, 2, 2], dtype === '|u1' ? Uint8Array.from(all) : Float32Array.from(all));
};
const alternating = Array.from({ length: 20 }, (_, row) => row % 2);
const sorted = [...alternating].sort();

async function npz(files: Record<string, Buffer>): Promise<string> {
  const location = join(directory, 'own.npz');
  await writeFile(
    location,
    zipOf(Object.fromEntries(Object.entries(files).map(([name, file]) => [`${name}.npy`, file]))),
  );
  return `path:${location}`;
}

describe('a .npz file', () => {
  it('of x and y is a table of which a fifth is held out, its rows in a fixed order', async () => {
    const id = await npz({ x: table(...sorted), y: labels(...sorted), extra: labels(1) });
    const { train, ...dataset } = await loadDataset(id);
    const test = await loadTestSplit(id);
    expect(dataset).toMatchObject({
      id,
      shape: [2],
      features: 2,
      classes: 2,
      classNames: ['0', '1'],
      storedRange: null,
    });
    expect([train.count, test.count]).toEqual([16, 4]);
    const rows = [train, test].flatMap(({ stored, labels: y }) =>
      [...y].map((label, row) => [stored[2 * row], stored[2 * row + 1], label]),
    );
    expect(rows.every(([row, copy, label]) => copy === label && sorted[row!] === label)).toBe(true);
    expect(new Set(rows.map(([row]) => row)).size).toBe(20);
    expect([...test.labels]).toEqual([0, 0, 1, 1]);
    expect(new Set(train.labels.subarray(8)).size).toBe(2);
    const [first = 0] = dataset.standardisation.mean;
    expect(first).toBeCloseTo(
      [...train.labels.keys()].reduce((sum, row) => sum + train.stored[2 * row]! / 16, 0),
      5,
    );
    expect((await loadDataset(id, { trainLimit: 3 })).train.stored).toEqual(train.stored.subarray(0, 6));
    await expect(loadDataset(id, { trainLimit: 17 })).rejects.toThrow('an integer from 1 to 16');
  });

  it('with its own test part keeps it', async () => {
    const id = await npz({
      x_train: images(20, (k) => k),
      y_train: labels(...alternating),
      x_test: images(2, (k) => 100 + k),
      y_test: labels(1, 0),
    });
    const dataset = await loadDataset(id);
    expect(dataset).toMatchObject({ shape: [2, 2, 1], features: 4, storedRange: [0, 1] });
    expect(dataset.standardisation.mean).toHaveLength(1);
    expect(dataset.standardisation.mean[0]).toBeCloseTo(39.5 / 255, 6);
    expect(dataset.train.count).toBe(20);
    const test = await loadTestSplit(id);
    expect([...test.stored]).toEqual([100, 101, 102, 103, 104, 105, 106, 107]);
    expect([...test.labels]).toEqual([1, 0]);
  });

  it('takes float images within 0 and 1, and colour', async () => {
    const x = npyOf(
      '<f8',
      [20, 1, 1, 3],
      Float64Array.from({ length: 60 }, (_, k) => k / 59),
    );
    const dataset = await loadDataset(await npz({ x, y: labels(...alternating) }));
    expect(dataset).toMatchObject({ shape: [1, 1, 3], storedRange: [0, 1] });
    expect(dataset.standardisation.sd).toHaveLength(3);
    expect(dataset.train.stored).toBeInstanceOf(Float32Array);
  });

  it('has the digest of its content, wherever it lies and however it is packed', async () => {
    const files = { x: table(...sorted), y: labels(...sorted) };
    const packed = await loadDataset(await npz(files));
    const folder = join(directory, 'folder');
    await mkdir(folder);
    await writeFile(join(folder, 'x.npy'), files.x);
    await writeFile(join(folder, 'y.npy'), files.y);
    const [inFolder, byFile] = [await loadDataset(`path:${folder}`), await loadDataset(`path:${folder}/x.npy`)];
    expect(inFolder.train).toEqual(packed.train);
    expect([inFolder.digest, byFile.digest]).toEqual([packed.digest, packed.digest]);
    const other = await loadDataset(await npz({ ...files, x: table(...alternating) }));
    expect(other.digest).not.toBe(packed.digest);
  });

  const y = labels(...alternating);
  it.each<[string, Record<string, Buffer>, string | RegExp]>([
    ['no arrays', { z: y }, /own\.npz has no array x and no y/],
    ['no labels', { x: table(...sorted) }, /own\.npz has no array y/],
    ['half a test part', { x_train: table(...sorted), y_train: y, x_test: table(1) }, /has no array y_test/],
    [
      'too few labels',
      { x: table(...sorted), y: labels(0, 1) },
      /y of .* has shape \(2\); allowed: one label for each of the 20 rows/,
    ],
    ['a label of text', { x: table(0), y: npyOf('<U3', [1], new Uint8Array(12)) }, /y of .* is of type <U3/],
    ['a gap', { x: table(0, 1, 3), y: labels(0, 1, 3) }, 'No row of y has the label 2'],
    ['a negative label', { x: table(0, 1), y: labels(0, -1) }, 'The label in y of own.npz, row 1 is -1'],
    [
      'a test label too large',
      { x_train: table(...alternating), y_train: y, x_test: table(0, 1, 2), y_test: labels(0, 1, 2) },
      'y_test of own.npz, row 2 is 2; allowed: 0 to 1',
    ],
    [
      'other test rows',
      { x_train: table(...alternating), y_train: y, x_test: images(2, () => 1), y_test: labels(0, 1) },
      /x_test of .* has rows of shape \(2, 2, 1\)/,
    ],
    [
      'NaN',
      { x: npyOf('<f4', [2, 2], Float32Array.of(1, 2, 3, NaN)), y: labels(0, 1) },
      /x of .* holds NaN in row 1, value 1/,
    ],
    [
      'a value beyond float32',
      { x: npyOf('<f8', [2, 1], Float64Array.of(1, 1e39)), y: labels(0, 1) },
      /holds 1e\+39 in row 1/,
    ],
    [
      'float images outside 0 and 1',
      { x: images(20, (k) => k, '<f4'), y },
      /holds 2 in row 0, value 2; allowed: finite values from 0 to 1\. Divide/,
    ],
    [
      'images of integers',
      { x: npyOf('<i4', [2, 1, 1], Int32Array.of(1, 2)), y: labels(0, 1) },
      /holds images of type <i4/,
    ],
    ['channels first', { x: npyOf('|u1', [1, 3, 2, 2], new Uint8Array(12)), y: labels(0) }, /has shape \(1, 3, 2, 2\)/],
    ['objects', { x: npyOf('|O', [2, 1], Uint8Array.of(1, 2)), y: labels(0, 1) }, /Python objects/],
  ])('is refused with %s', async (_, files, message) => {
    const id = await npz(files);
    await expect(loadDataset(id)).rejects.toThrow(message);
    await expect(loadTestSplit(id)).rejects.toThrow(message);
  });
});

describe('a path', () => {
  it('at which there is nothing is refused, with the machine', async () => {
    await expect(loadDataset(`path:${directory}/none`)).rejects.toMatchObject({
      message: expect.stringContaining(
        `There is nothing to read at ${directory}/none on the machine ${hostname()}: ENOENT`,
      ) as string,
      detail: { code: 'NOT_FOUND', field: 'dataset' },
    });
  });

  it.each(['', 'README.md'])('of another kind is refused (%j)', async (name) => {
    if (name !== '') await writeFile(join(directory, name), 'text');
    await expect(loadDataset(name === '' ? 'path:' : `path:${join(directory, name)}`)).rejects.toMatchObject({
      detail: { code: 'INVALID_ARGUMENT', field: 'dataset' },
    });
  });
});
