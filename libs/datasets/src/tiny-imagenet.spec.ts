import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import sharp from 'sharp';
import { pack } from 'tar-stream';
import { inspectDataset, loadDataset } from './load';
import { loadTestSplit } from './test-split';

let directory: string;
const cache = process.env['THERIAC_CACHE'];
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'theriac-tiny-'));
  process.env['THERIAC_CACHE'] = join(directory, 'cache');
});
afterEach(async () => {
  if (cache === undefined) delete process.env['THERIAC_CACHE'];
  else process.env['THERIAC_CACHE'] = cache;
  await rm(directory, { recursive: true });
});

/** A JPEG of one colour. */
const image = (colour: string, side = 64) =>
  sharp({ create: { width: side, height: side, channels: 3, background: colour } })
    .jpeg({ quality: 100 })
    .toBuffer();

type Files = Record<string, Buffer | string>;

async function twoClasses(): Promise<Files> {
  const files: Files = { 'words.txt': 'n02\tslug\nn01\tsnail, escargot\nn03\tcrab\n' };
  for (let k = 0; k < 4; k++) {
    files[`train/n01/images/n01_${k}.JPEG`] = await image(`rgb(${10 + k},0,0)`);
    files[`train/n02/images/n02_${k}.JPEG`] = await image(`rgb(0,0,${100 + k})`);
  }
  return files;
}
const inFolders = async (): Promise<Files> => ({
  ...(await twoClasses()),
  'val/n01/images/val_7.JPEG': await image('red'),
  'val/n02/images/val_3.JPEG': await image('blue'),
});
const asPublished = async (): Promise<Files> => ({
  ...(await twoClasses()),
  'train/n01/n01_boxes.txt': 'n01_0.JPEG\t0\t0\t9\t9\n',
  'val/images/val_3.JPEG': await image('blue'),
  'val/images/val_7.JPEG': await image('red'),
  'val/val_annotations.txt': 'val_3.JPEG\tn02\t0\t0\t9\t9\nval_7.JPEG\tn01\t0\t0\t9\t9\n',
  'test/images/test_0.JPEG': await image('green'),
});

async function put(files: Files, root = join(directory, 'tiny-imagenet-200')): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), content);
  }
}

async function packed(files: Files): Promise<Buffer> {
  const tar = pack();
  for (const [name, content] of Object.entries(files).reverse())
    tar.entry({ name: `tiny-imagenet-20/${name}` }, content);
  tar.finalize();
  const pieces: Buffer[] = [];
  for await (const piece of tar as AsyncIterable<Buffer>) pieces.push(piece);
  return gzipSync(Buffer.concat(pieces));
}

describe('Tiny ImageNet', () => {
  it.each([
    ['in class folders', inFolders],
    ['as published', asPublished],
  ])('is read %s, in an order that is not that of the classes', async (_, files) => {
    await put(await files());
    const { train, ...dataset } = await loadDataset('tiny-imagenet', { directory });
    expect(dataset).toMatchObject({ classes: 2, classNames: ['snail', 'slug'], shape: [64, 64, 3], features: 12_288 });
    expect(train.count).toBe(8);
    const sorted = [...train.labels].sort();
    expect(sorted).toEqual([0, 0, 0, 0, 1, 1, 1, 1]);
    expect([...train.labels]).not.toEqual(sorted);
    for (let row = 0; row < 8; row++) {
      const [red = 0, , blue = 0] = train.stored.subarray(row * 12_288, row * 12_288 + 3);
      expect(red > blue ? 0 : 1).toBe(train.labels[row]);
    }
    const test = await loadTestSplit('tiny-imagenet', { directory });
    expect(test.count).toBe(2);
    for (let row = 0; row < 2; row++) expect(test.stored[row * 12_288]! > 200 ? 0 : 1).toBe(test.labels[row]);
    expect(await inspectDataset('tiny-imagenet', { directory })).toMatchObject({
      classes: 2,
      examples: { train: 8, test: 2 },
    });
  });

  it('is the same in a folder and in an archive, cut to a limit or not', async () => {
    const files = await inFolders();
    await put(files);
    const [all, some] = [
      await loadDataset('tiny-imagenet', { directory }),
      await loadDataset('tiny-imagenet', { directory, trainLimit: 3 }),
    ];
    await rm(join(directory, 'tiny-imagenet-200'), { recursive: true });
    await mkdir(join(directory, 'tiny-imagenet-20'));
    await writeFile(join(directory, 'tiny-imagenet-20', 'tiny-imagenet-20-jpeg.tar.gz'), await packed(files));
    const archived = await loadDataset('tiny-imagenet', { directory });
    expect(archived.train).toEqual(all.train);
    expect(some.train.stored).toEqual(all.train.stored.subarray(0, 3 * 12_288));
    expect([archived.digest, some.digest]).toEqual([all.digest, all.digest]);
    await expect(loadDataset('tiny-imagenet', { directory, trainLimit: 9 })).rejects.toThrow(
      'train limit is 9; allowed: an integer from 1 to 8, the training examples of tiny-imagenet.',
    );
  });

  it.each<[string, (files: Files) => Promise<void> | void, RegExp]>([
    ['an image cut short', (files) => void (files[broken] = (files[broken] as Buffer).subarray(0, -20)), /decoded/],
    [
      'an image of another size',
      async (files) => void (files[broken] = await image('red', 63)),
      /63 x 63 pixels.*64 x 64/,
    ],
    [
      'a class without validation images',
      (files) => void delete files['val/n02/images/val_3.JPEG'],
      /class n02 has no/,
    ],
    ['a class of which only validation images are there', dropTraining, /val_3\.JPEG is of class n02/],
  ])('is refused with %s', async (_, change, message) => {
    const files = await inFolders();
    await change(files);
    await put(files);
    await expect(loadDataset('tiny-imagenet', { directory })).rejects.toThrow(message);
  });

  it('is not there', async () => {
    await expect(loadDataset('tiny-imagenet', { directory, download: false })).rejects.toMatchObject({
      message: expect.stringContaining('Data files of tiny-imagenet are missing') as string,
      detail: { code: 'NOT_FOUND' },
    });
  });
});

const broken = 'train/n01/images/n01_2.JPEG';
function dropTraining(files: Files): void {
  for (const name of Object.keys(files)) if (name.startsWith('train/n02')) delete files[name];
}

const data = process.env['THERIAC_DATA'];
if (!data) process.stderr.write('THERIAC_DATA is not set: Tiny ImageNet is tested on made-up files only.\n');
else {
  it('is decoded as libjpeg-turbo does, and once', async () => {
    const place = 'tiny-imagenet-20';
    await mkdir(join(directory, place));
    await symlink(join(data, place, `${place}-jpeg.tar.gz`), join(directory, place, `${place}-jpeg.tar.gz`));
    await symlink(join(data, place, 'classes.tsv'), join(directory, place, 'classes.tsv'));
    const test = await loadTestSplit('tiny-imagenet', { directory });
    expect(test.count).toBe(1000);
    const array = async (name: string) => gunzipSync(await readFile(join(data, place, `${name}.npy.gz`))).subarray(128);
    const known = await array('val_x');
    const rows = new Set(
      Array.from({ length: 1000 }, (_, row) => keyOf(test.stored as Uint8Array, row, test.labels[row])),
    );
    const labels = await array('val_y');
    for (let row = 0; row < 500; row++) expect(rows.has(keyOf(known, row, labels[row]))).toBe(true);
    const [kept = ''] = await readdir(join(directory, 'cache', 'decoded'));
    expect((await stat(join(directory, 'cache', 'decoded', kept))).size).toBe(32 + 1000 * 12_288);
    expect(
      Buffer.compare(
        (await loadTestSplit('tiny-imagenet', { directory })).stored as Uint8Array,
        test.stored as Uint8Array,
      ),
    ).toBe(0);
    const dataset = await loadDataset('tiny-imagenet', { directory, trainLimit: 300 });
    expect(dataset).toMatchObject({ classes: 20 });
    expect(dataset.classNames[0]).toBe('goldfish');
    expect(new Set(dataset.train.labels).size).toBe(20);
  });
}

const keyOf = (stored: Uint8Array, row: number, label: number | undefined) =>
  `${label} ${Buffer.from(stored.subarray(row * 12_288, (row + 1) * 12_288)).toString('base64')}`;
