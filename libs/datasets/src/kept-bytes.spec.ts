import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { cacheDirectory, findKept, keep } from './kept-bytes';

let folder: string;
const before = process.env['THERIAC_CACHE'];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'theriac-kept-'));
  process.env['THERIAC_CACHE'] = folder;
});
afterEach(async () => {
  if (before === undefined) delete process.env['THERIAC_CACHE'];
  else process.env['THERIAC_CACHE'] = before;
  await rm(folder, { recursive: true });
});

describe('bytes kept', () => {
  it('are found by their name', async () => {
    expect(await findKept('a')).toBeUndefined();
    await keep('a', Uint8Array.of(1, 2, 3));
    await keep('b', Uint8Array.of());
    expect(await findKept('a')).toEqual(Uint8Array.of(1, 2, 3));
    expect(await findKept('b')).toEqual(Uint8Array.of());
    expect(await readdir(join(folder, 'decoded'))).toHaveLength(2);
  });

  it('are not found where they are damaged', async () => {
    await keep('a', Uint8Array.of(1, 2, 3));
    const [name = ''] = await readdir(join(folder, 'decoded'));
    await writeFile(join(folder, 'decoded', name), Buffer.alloc(35, 1));
    expect(await findKept('a')).toBeUndefined();
  });

  it('are done without where the cache cannot be written', async () => {
    await writeFile(join(folder, 'decoded'), 'a file in the way');
    await keep('a', Uint8Array.of(1));
    expect(await findKept('a')).toBeUndefined();
    expect(await readdir(folder)).toEqual(['decoded']);
  });
});

it('lie in the folder that the settings name', () => {
  expect(cacheDirectory({ THERIAC_CACHE: '/a', XDG_CACHE_HOME: '/b' })).toBe('/a');
  expect(cacheDirectory({ XDG_CACHE_HOME: '/b' })).toBe('/b/theriac');
  expect(cacheDirectory({})).toBe(join(homedir(), '.cache', 'theriac'));
});
