import { mkdtemp, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import * as publicSurface from './index';
import { datasetCatalogue } from './catalogue';
import { dataDirectory } from './data-directory';
import { loadDataset } from './load';
import { loadTestSplit } from './test-split';

let empty: string;
beforeAll(async () => {
  empty = await mkdtemp(join(tmpdir(), 'theriac-load-'));
});
afterAll(() => rm(empty, { recursive: true }));

const offline = () =>
  Promise.reject(new TypeError('fetch failed', { cause: new Error('getaddrinfo ENOTFOUND mirror') }));

describe('the catalogue', () => {
  it('lists what can be loaded', async () => {
    expect(datasetCatalogue().map(({ id }) => id)).toEqual([
      'mnist',
      'mnist-1-7',
      'cifar-10',
      'tiny-imagenet',
      'spambase',
      'synthetic-digits',
      'gaussians',
    ]);
    for (const entry of datasetCatalogue().filter(({ needsFiles }) => !needsFiles)) {
      const dataset = await loadDataset(entry.id, { directory: empty, trainLimit: 50 });
      expect(dataset).toMatchObject({ id: entry.id, shape: entry.shape, classes: entry.classes });
      expect(dataset.train.count).toBe(50);
      expect(dataset.classNames).toHaveLength(entry.classes);
      expect(dataset.digest).toMatch(/^[0-9a-f]{64}$/);
      expect((await loadTestSplit(entry.id)).count).toBe(entry.examples.test);
    }
  });
});

describe('loadDataset', () => {
  it('refuses an unknown id with the list', async () => {
    const message =
      'dataset is "mnits"; allowed: mnist, mnist-1-7, cifar-10, tiny-imagenet, spambase, synthetic-digits, gaussians, path:FOLDER_OR_FILE.';
    await expect(loadDataset('mnits')).rejects.toThrow(message);
    await expect(loadTestSplit('mnits')).rejects.toThrow(message);
  });

  it.each([0, -1, 1.5, Number.NaN, 671])('refuses the training limit %p', async (trainLimit) => {
    await expect(loadDataset('gaussians', { trainLimit })).rejects.toThrow(
      `train limit is ${trainLimit}; allowed: an integer from 1 to 670`,
    );
  });

  it('downloads nothing unless it must, and says so where it cannot', async () => {
    await expect(loadDataset('spambase', { directory: empty, download: false })).rejects.toMatchObject({
      message: expect.stringContaining('Data files of spambase are missing') as string,
      detail: { code: 'NOT_FOUND' },
    });
    await expect(loadDataset('spambase', { directory: empty, fetch: offline })).rejects.toMatchObject({
      message: expect.stringMatching(
        /^The data file spambase\/spambase\.data could not be downloaded \(.*ENOTFOUND/,
      ) as string,
      detail: { code: 'UNAVAILABLE' },
    });
  });

  it('lets the synthetic digits stand in, with a notice, for both parts alike', async () => {
    const options = { directory: empty, fetch: offline, syntheticFallback: true, trainLimit: 20 };
    const dataset = await loadDataset('mnist', options);
    expect(dataset.id).toBe('synthetic-digits');
    expect(dataset.notice).toMatch(/could not be downloaded.* The synthetic digits stand in for mnist/);
    const [stand, own] = [await loadTestSplit('mnist', options), await loadTestSplit('synthetic-digits')];
    expect(Buffer.compare(stand.stored as Uint8Array, own.stored as Uint8Array)).toBe(0);
    expect(stand.labels).toEqual(own.labels);
  });
});

describe('dataDirectory', () => {
  const given = process.env['THERIAC_DATA'];
  afterEach(() => {
    if (given === undefined) delete process.env['THERIAC_DATA'];
    else process.env['THERIAC_DATA'] = given;
  });

  it('is the argument, the setting, or the cache, in this order', () => {
    process.env['THERIAC_DATA'] = '/data/here';
    expect(dataDirectory('/elsewhere')).toBe('/elsewhere');
    expect(dataDirectory()).toBe('/data/here');
    delete process.env['THERIAC_DATA'];
    expect(dataDirectory()).toBe(join(homedir(), '.cache', 'theriac', 'data'));
  });
});

describe('the public surface', () => {
  it('holds no way to the test part', () => {
    expect(Object.keys(publicSurface).sort()).toEqual(
      [
        'dataDirectory',
        'datasetCatalogue',
        'firstRows',
        'fromModelInput',
        'inspectDataset',
        'isOwnData',
        'loadDataset',
        'modelInputReader',
        'toModelInput',
      ].sort(),
    );
  });
});
