import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { loadDataset } from './load';
import { digitsOf, mnist } from './mnist';
import { moments } from './moments';
import { loadTestSplit } from './test-split';

const u32 = (value: number) => [(value >>> 24) & 255, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
const images = (count: number, height = 28, width = 28) =>
  Uint8Array.from([
    0,
    0,
    8,
    3,
    ...u32(count),
    ...u32(height),
    ...u32(width),
    ...new Array<number>(count * height * width).fill(7),
  ]);
const labels = (...values: number[]) => Uint8Array.from([0, 0, 8, 1, ...u32(values.length), ...values]);

describe('digitsOf', () => {
  it('pairs images and labels without copying', () => {
    const file = images(2);
    const digits = digitsOf(file, labels(3, 9), 'images', 'labels');
    expect(digits).toMatchObject({ count: 2, features: 784, labels: Uint8Array.of(3, 9) });
    expect(digits.stored.buffer).toBe(file.buffer);
    expect(digits.stored).toHaveLength(2 * 784);
  });

  it.each([
    [images(1, 28, 27), labels(1), 'The data file images holds images of 28 x 27 pixels; allowed: 28 x 28 pixels.'],
    [images(2), labels(1), 'The data file labels holds 1 labels; allowed: 2 labels, as there are images.'],
    [images(2), labels(1, 10), 'The data file labels holds label 10 at position 1; allowed: labels 0 to 9.'],
    [labels(1), labels(1), 'The data file images has 9 bytes and no whole header'],
    [
      images(1),
      images(1),
      'The data file labels is no IDX file of its kind; found: magic number 2051; allowed: magic number 2049.',
    ],
  ])('refuses what does not belong together (%#)', (imageFile, labelFile, message) => {
    expect(() => digitsOf(imageFile, labelFile, 'images', 'labels')).toThrow(message);
  });
});

const directory = process.env['THERIAC_DATA'];
if (!directory) process.stderr.write('THERIAC_DATA is not set: MNIST is tested on made-up files only.\n');
else {
  const histogram = (values: Uint8Array) =>
    Array.from({ length: 10 }, (_, digit) => values.reduce((n, label) => n + Number(label === digit), 0));

  describe('MNIST as published', () => {
    it('has its counts, labels and moments', async () => {
      const dataset = await loadDataset('mnist', { directory });
      const { train } = dataset;
      expect(dataset).toMatchObject({
        id: 'mnist',
        shape: [28, 28, 1],
        features: 784,
        classes: 10,
        storedRange: [0, 1],
      });
      expect(dataset.notice).toBeUndefined();
      expect(train.count).toBe(60_000);
      expect(train.stored).toHaveLength(60_000 * 784);
      expect([...train.labels.subarray(0, 10)]).toEqual([5, 0, 4, 1, 9, 2, 1, 3, 1, 4]);
      expect(histogram(train.labels)).toEqual([5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]);
      const flat = { count: train.stored.length, features: 1, stored: train.stored, labels: train.labels };
      const { mean, sd } = moments(flat);
      expect(mean[0]).toBeCloseTo(0.13066, 5);
      expect(sd[0]).toBeCloseTo(0.308108, 5);
      expect(dataset.standardisation.mean[0]).toBeCloseTo(mean[0]!, 3);
      expect(dataset.standardisation.sd[0]).toBeCloseTo(sd[0]!, 3);
    });

    it('has its test part', async () => {
      const test = await loadTestSplit('mnist', { directory, trainLimit: 5 });
      expect(test.count).toBe(10_000);
      expect([...test.labels.subarray(0, 10)]).toEqual([7, 2, 1, 0, 4, 1, 4, 9, 5, 9]);
      expect(histogram(test.labels)).toEqual([980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]);
    });

    it('is cut to the training limit, its digest is not', async () => {
      const [all, some] = [
        await loadDataset('mnist', { directory }),
        await loadDataset('mnist', { directory, trainLimit: 100 }),
      ];
      expect(some.train.count).toBe(100);
      expect(some.train.stored).toEqual(all.train.stored.subarray(0, 100 * 784));
      expect(some.digest).toBe(all.digest);
      await expect(loadDataset('mnist', { directory, trainLimit: 60_001 })).rejects.toThrow(
        'train limit is 60001; allowed: an integer from 1 to 60000, the training examples of mnist.',
      );
    });
  });

  describe('MNIST, tampered with', () => {
    let copy: string;
    beforeEach(async () => {
      copy = await mkdtemp(join(tmpdir(), 'theriac-mnist-'));
      await mkdir(join(copy, 'mnist'));
      for (const { path } of mnist.files) await copyFile(join(directory, `${path}.gz`), join(copy, `${path}.gz`));
    });
    afterEach(() => rm(copy, { recursive: true }));

    it.each<[string, string, (bytes: Buffer) => Buffer]>([
      ['train-images-idx3-ubyte.gz', 'cut short', (bytes) => bytes.subarray(0, bytes.length - 1)],
      ['train-images-idx3-ubyte.gz', 'changed', (bytes) => flipped(bytes, 5_000_000)],
      ['train-labels-idx1-ubyte.gz', 'too long', (bytes) => Buffer.concat([bytes, Buffer.of(0)])],
    ])('%s %s is refused by name', async (name, wrong, change) => {
      const location = join(copy, 'mnist', name);
      await writeFile(location, change(await readFile(location)));
      await expect(loadDataset('mnist', { directory: copy, syntheticFallback: true })).rejects.toMatchObject({
        message: expect.stringMatching(
          new RegExp(`^The data file mnist/${name} is ${wrong}; found: \\d+ bytes with sha256 [0-9a-f]{64}`),
        ) as string,
        detail: { code: 'DATA_LOSS', field: `mnist/${name}` },
      });
    });

    it('a changed plain file is refused, a good one is read', async () => {
      const packed = join(copy, 'mnist', 't10k-labels-idx1-ubyte.gz');
      const plain = join(copy, 'mnist', 't10k-labels-idx1-ubyte');
      const content = gunzipSync(await readFile(packed));
      await rm(packed);
      await writeFile(plain, content);
      expect((await loadTestSplit('mnist', { directory: copy })).labels[0]).toBe(7);
      await writeFile(plain, flipped(content, 3));
      await expect(loadTestSplit('mnist', { directory: copy })).rejects.toThrow(
        'The data file mnist/t10k-labels-idx1-ubyte is changed',
      );
    });

    it('missing files are named where no download is allowed', async () => {
      await rm(join(copy, 'mnist', 't10k-labels-idx1-ubyte.gz'));
      await expect(loadDataset('mnist', { directory: copy, download: false })).rejects.toThrow(
        `Data files of mnist are missing in ${copy}: mnist/t10k-labels-idx1-ubyte.gz. Set THERIAC_DATA`,
      );
    });
  });
}

function flipped(bytes: Buffer, at: number): Buffer {
  const changed = Buffer.from(bytes);
  changed[at]! ^= 1;
  return changed;
}
