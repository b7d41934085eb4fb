import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { zipOf } from '../fixtures/zip-of';
import { inspectDataset, loadDataset } from '../load';
import { loadTestSplit } from '../test-split';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'theriac-images-'));
});
afterEach(() => rm(directory, { recursive: true }));

type Files = Record<string, Buffer>;

/** A PNG of grey levels or colours. */
const png = (channels: 1 | 3, values: number[], width = 2) =>
  sharp(Uint8Array.from(values), { raw: { width, height: values.length / width / channels, channels } })
    .toColourspace(channels === 1 ? 'b-w' : 'srgb')
    .png()
    .toBuffer();

async function put(files: Files): Promise<string> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(directory, name)), { recursive: true });
    await writeFile(join(directory, name), content);
  }
  return `path:${directory}`;
}

async function catsAndDogs(prefix = '', count = 10): Promise<Files> {
  const files: Files = {};
  for (let k = 0; k < count; k++) {
    files[`${prefix}cat/${k}.png`] = await png(1, [k, 1, 2, 3]);
    files[`${prefix}dog/${k}.png`] = await png(1, [200 + k, 1, 2, 3]);
  }
  return files;
}

describe('class folders', () => {
  it('are read with a fifth held out, in an order that is not that of the classes', async () => {
    const id = await put(await catsAndDogs());
    const { train, ...dataset } = await loadDataset(id);
    expect(dataset).toMatchObject({ shape: [2, 2, 1], classNames: ['cat', 'dog'], storedRange: [0, 1] });
    expect(dataset.notice).toBeUndefined();
    const test = await loadTestSplit(id);
    expect([train.count, test.count]).toEqual([16, 4]);
    const seen = [train, test].flatMap(({ stored, labels }) =>
      [...labels].map((label, row) => [label, stored[4 * row]!]),
    );
    expect(seen.sort(([, a], [, b]) => a! - b!)).toEqual([
      ...Array.from({ length: 10 }, (_, k) => [0, k]),
      ...Array.from({ length: 10 }, (_, k) => [1, 200 + k]),
    ]);
    expect(new Set(train.labels.subarray(0, 8)).size).toBe(2);
    expect(await inspectDataset(id)).toMatchObject({ classes: 2, shape: [2, 2, 1], examples: { train: 16, test: 4 } });
  });

  it('of many images are decoded once', async () => {
    const before = process.env['THERIAC_CACHE'];
    process.env['THERIAC_CACHE'] = join(directory, '.cache');
    const files: Files = {};
    const [cat, dog] = [await png(3, [9, 1, 2], 1), await png(3, [200, 3, 4], 1)];
    for (let k = 0; k < 625; k++) Object.assign(files, { [`cat/${k}.png`]: cat, [`dog/${k}.png`]: dog });
    try {
      await writeFile(join(directory, 'own.zip'), zipOf(files));
      const id = `path:${directory}/own.zip`;
      const [first, second] = [await loadDataset(id), await loadDataset(id)];
      expect(first).toMatchObject({ shape: [1, 1, 3], train: { count: 1000 } });
      expect([second.shape, second.train, second.digest]).toEqual([first.shape, first.train, first.digest]);
      // The shape, and the training part; the test part is small.
      expect(await readdir(join(directory, '.cache', 'decoded'))).toHaveLength(2);
    } finally {
      if (before === undefined) delete process.env['THERIAC_CACHE'];
      else process.env['THERIAC_CACHE'] = before;
    }
  });

  it('in train and test are taken as they are', async () => {
    const id = await put({ ...(await catsAndDogs('train/', 3)), ...(await catsAndDogs('val/', 1)) });
    expect((await loadDataset(id)).train.count).toBe(6);
    const test = await loadTestSplit(id);
    expect([...test.labels]).toEqual([0, 1]);
    expect([test.stored[0], test.stored[4]]).toEqual([0, 200]);
  });

  it('have the digest of their content, in a folder or in an archive', async () => {
    const files = await catsAndDogs();
    const folder = await loadDataset(await put(files));
    const location = join(directory, 'own.zip');
    await writeFile(
      location,
      zipOf(Object.fromEntries(Object.entries(files).map(([name, file]) => [`pets/${name}`, file]))),
    );
    const archive = await loadDataset(`path:${location}`);
    expect([archive.digest, archive.train]).toEqual([folder.digest, folder.train]);
    files['cat/0.png'] = await png(1, [9, 9, 9, 9]);
    expect((await loadDataset(await put(files))).digest).not.toBe(folder.digest);
  });

  it('with one image in colour are in colour, greyscale repeated; transparency is dropped; 16 bits become 8', async () => {
    const files = await catsAndDogs('train/', 2);
    const colour = Uint8Array.from([0, 1, 2, 3].flatMap((k) => [10 * k, 20, 30, 99]));
    files['test/cat/0.png'] = await sharp(colour, { raw: { width: 2, height: 2, channels: 4 } })
      .png()
      .toBuffer();
    files['test/dog/0.png'] = await sharp(Uint16Array.of(0, 257, 65535, 514), {
      raw: { width: 2, height: 2, channels: 1 },
    })
      .toColourspace('grey16')
      .png()
      .toBuffer();
    const id = await put(files);
    const { train, shape, standardisation } = await loadDataset(id);
    expect(shape).toEqual([2, 2, 3]);
    expect(standardisation.mean).toHaveLength(3);
    for (let pixel = 0; pixel < 4; pixel++)
      expect(new Set(train.stored.subarray(3 * pixel, 3 * pixel + 3)).size).toBe(1);
    const { stored } = await loadTestSplit(id);
    expect([...stored.subarray(0, 6)]).toEqual([0, 20, 30, 10, 20, 30]);
    expect([...stored.subarray(12)]).toEqual([0, 0, 0, 1, 1, 1, 255, 255, 255, 2, 2, 2]);
  });

  it('that are numbers are sorted by number; files that are no images are told', async () => {
    const files: Files = { '10/notes.txt': Buffer.from('text') };
    for (const name of ['10', '2', '1'])
      for (const k of [0, 1]) files[`${name}/${k}.png`] = await png(1, [Number(name), k, 0, 0]);
    const dataset = await loadDataset(await put(files));
    expect(dataset.classNames).toEqual(['1', '2', '10']);
    expect(dataset.notice).toBe(`1 files of ${directory} are not read: 10/notes.txt.`);
  });

  it.each<[string, (files: Files) => Promise<void> | void, RegExp]>([
    [
      'an image of another size',
      async (files) => void (files['dog/3.png'] = await png(1, [1, 2, 3, 4, 5, 6], 3)),
      /size of the image dog\/3\.png is "3 x 2 pixels"; allowed: 2 x 2 pixels/,
    ],
    [
      'a damaged image',
      (files) => void (files['dog/3.png'] = files['dog/3.png']!.subarray(0, 60)),
      /The image dog\/3\.png cannot be decoded/,
    ],
    [
      'a file that is no image',
      (files) => void (files['cat/3.jpg'] = Buffer.from('text')),
      /The image cat\/3\.jpg cannot be decoded/,
    ],
    [
      'an image outside',
      async (files) => void (files['lost.png'] = await png(1, [1, 2, 3, 4])),
      /The image lost\.png of .* lies in no class folder/,
    ],
    [
      'a class without images',
      (files) => void (files['emu/list.txt'] = Buffer.from('none')),
      /The class folder emu of .* has no images/,
    ],
    [
      'one class',
      (files) => Object.keys(files).forEach((name) => name.startsWith('dog') && delete files[name]),
      /has 1 class folder of images/,
    ],
    [
      'one image of a class',
      (files) => Object.keys(files).forEach((name) => /^dog\/[1-9]/.test(name) && delete files[name]),
      /Class dog has 1 row/,
    ],
    ['nothing', (files) => Object.keys(files).forEach((name) => delete files[name]), /is empty/],
  ])('are refused with %s', async (_, change, message) => {
    const files = await catsAndDogs();
    await change(files);
    await expect(loadDataset(await put(files))).rejects.toThrow(message);
  });

  it('are refused with an empty folder, and with a class that is in one part only', async () => {
    await put(await catsAndDogs('train/', 2));
    await mkdir(join(directory, 'train', 'emu'));
    await expect(loadDataset(`path:${directory}`)).rejects.toThrow(/class folder train\/emu of .* has no images/);
    await rm(join(directory, 'train', 'emu'), { recursive: true });
    await put({ 'test/cat/0.png': await png(1, [1, 2, 3, 4]) });
    await expect(loadDataset(`path:${directory}`)).rejects.toThrow(/Class dog of .* is not in both train\/ and test\//);
  });
});
