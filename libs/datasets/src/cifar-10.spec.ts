import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { findBatches, visitBatches } from './cifar-10-batches';
import { loadDataset } from './load';
import { loadTestSplit } from './test-split';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'theriac-cifar-'));
});
afterEach(() => rm(directory, { recursive: true }));

async function contents(names: string[]): Promise<string[]> {
  const seen = new Map<string, string>();
  await visitBatches(directory, names, (name, content) => seen.set(name, Buffer.from(content).toString()));
  return names.map((name) => seen.get(name) ?? '');
}

describe('the batches', () => {
  it.each(['cifar-10', 'cifar-10-batches-bin'])('are read from the folder %s, compressed or not', async (folder) => {
    await mkdir(join(directory, folder));
    await writeFile(join(directory, folder, 'a.bin'), 'first');
    await writeFile(join(directory, folder, 'b.bin.gz'), gzipSync('second'));
    expect(await contents(['a.bin', 'b.bin'])).toEqual(['first', 'second']);
  });

  it('are read from the published archive', async () => {
    const tar = pack();
    tar.entry({ name: 'cifar-10-batches-bin/readme.html' }, 'none of them');
    tar.entry({ name: 'cifar-10-batches-bin/b.bin' }, 'second');
    tar.entry({ name: 'cifar-10-batches-bin/a.bin' }, 'first');
    tar.finalize();
    const pieces: Buffer[] = [];
    for await (const piece of tar as AsyncIterable<Buffer>) pieces.push(piece);
    await writeFile(join(directory, 'cifar-10-binary.tar.gz'), gzipSync(Buffer.concat(pieces)));
    expect(await contents(['a.bin', 'b.bin'])).toEqual(['first', 'second']);
  });

  it('are missing by name where a folder has only some of them', async () => {
    await mkdir(join(directory, 'cifar-10'));
    await writeFile(join(directory, 'cifar-10', 'a.bin'), 'first');
    await expect(findBatches(directory, ['a.bin', 'b.bin'])).rejects.toThrow(
      `Data files of cifar-10 are missing in ${join(directory, 'cifar-10')}: b.bin`,
    );
  });

  it('are not there', async () => {
    expect(await findBatches(directory, ['a.bin'])).toBeUndefined();
    await expect(loadDataset('cifar-10', { directory, download: false })).rejects.toMatchObject({
      message: expect.stringContaining('Data files of cifar-10 are missing') as string,
      detail: { code: 'NOT_FOUND' },
    });
  });
});

const data = process.env['THERIAC_DATA'];
if (!data) process.stderr.write('THERIAC_DATA is not set: CIFAR-10 is tested on made-up files only.\n');
else {
  const histogram = (values: Uint8Array) =>
    Array.from({ length: 10 }, (_, label) => values.reduce((n, value) => n + Number(value === label), 0));

  describe('CIFAR-10 as published', () => {
    it('has its counts, labels, pixels and moments', async () => {
      const dataset = await loadDataset('cifar-10', { directory: data });
      const { train } = dataset;
      expect(dataset).toMatchObject({ shape: [32, 32, 3], features: 3072, classes: 10, storedRange: [0, 1] });
      expect([train.count, train.stored.length]).toEqual([50_000, 50_000 * 3072]);
      expect([...train.labels.subarray(0, 10)]).toEqual([6, 9, 9, 4, 1, 1, 2, 7, 8, 3]);
      expect(histogram(train.labels)).toEqual(new Array<number>(10).fill(5000));
      const sums = [0, 0, 0];
      for (let i = 0; i < train.stored.length; i += 3)
        for (let channel = 0; channel < 3; channel++) sums[channel]! += train.stored[i + channel]!;
      sums.forEach((sum, channel) => {
        const mean = sum / 255 / (train.stored.length / 3);
        expect(mean).toBeCloseTo([0.4914, 0.482158, 0.446531][channel]!, 5);
        expect(dataset.standardisation.mean[channel]).toBeCloseTo(mean, 3);
      });
    });

    it('is cut to the training limit, its digest is not; a limit within a batch is the beginning', async () => {
      const some = await loadDataset('cifar-10', { directory: data, trainLimit: 3 });
      const batch = gunzipSync(await readFile(join(data, 'cifar-10', 'data_batch_1.bin.gz')));
      expect(some.train.count).toBe(3);
      const pixel = (row: number, place: number) =>
        [0, 1, 2].map((plane) => batch[row * 3073 + 1 + plane * 1024 + place]);
      expect([...some.train.stored.subarray(3072 + 3 * 77, 3072 + 3 * 78)]).toEqual(pixel(1, 77));
      expect(some.digest).toBe((await loadDataset('cifar-10', { directory: data, trainLimit: 20_000 })).digest);
    });

    it('has its test part', async () => {
      const test = await loadTestSplit('cifar-10', { directory: data });
      expect(test.count).toBe(10_000);
      expect([...test.labels.subarray(0, 10)]).toEqual([3, 8, 8, 0, 6, 6, 1, 6, 3, 1]);
      expect(histogram(test.labels)).toEqual(new Array<number>(10).fill(1000));
    });
  });

  describe('another copy of CIFAR-10', () => {
    const name = 'test_batch.bin';
    const put = async (change: (content: Buffer) => Buffer) => {
      await mkdir(join(directory, 'cifar-10'));
      for (const number of [1, 2, 3, 4, 5])
        await symlink(
          join(data, 'cifar-10', `data_batch_${number}.bin.gz`),
          join(directory, 'cifar-10', `data_batch_${number}.bin.gz`),
        );
      const content = gunzipSync(await readFile(join(data, 'cifar-10', `${name}.gz`)));
      await writeFile(join(directory, 'cifar-10', name), change(content));
    };

    it('with other pixels is taken with a notice and has another digest', async () => {
      await put((content) => flipped(content, 5));
      const changed = await loadDataset('cifar-10', { directory, trainLimit: 1 });
      expect(changed.notice).toMatch(/^This copy of cifar-10 is not known/);
      expect(changed.digest).not.toBe((await loadDataset('cifar-10', { directory: data, trainLimit: 1 })).digest);
    });

    it('of a known copy may lack the test batch: an empty file stands for it', async () => {
      await put(() => Buffer.alloc(0));
      const [whole, fenced] = await Promise.all(
        [data, directory].map((each) => loadDataset('cifar-10', { directory: each, trainLimit: 3 })),
      );
      expect(fenced).toEqual(whole);
      await expect(loadTestSplit('cifar-10', { directory })).rejects.toThrow(/not as published; found: 0 bytes/);
    });

    it('that nobody knows may not', async () => {
      await put(() => Buffer.alloc(0));
      const first = join(directory, 'cifar-10', 'data_batch_1.bin');
      await rm(`${first}.gz`);
      await writeFile(first, flipped(gunzipSync(await readFile(join(data, 'cifar-10', 'data_batch_1.bin.gz'))), 5));
      await expect(loadDataset('cifar-10', { directory, trainLimit: 3 })).rejects.toThrow(/an unknown copy/);
    });

    it.each([
      ['one label changed', (content: Buffer) => flipped(content, 3073 * 12), 'labels with sha256'],
      ['a record cut off', (content: Buffer) => content.subarray(3073), '30726927 bytes'],
    ])('is refused with %s', async (_, change, found) => {
      await put(change);
      await expect(loadTestSplit('cifar-10', { directory })).rejects.toThrow(
        `The data file ${name} of cifar-10 is not as published; found: ${found}`,
      );
    });
  });
}

function flipped(bytes: Buffer, at: number): Buffer {
  const changed = Buffer.from(bytes);
  changed[at]! ^= 1;
  return changed;
}
