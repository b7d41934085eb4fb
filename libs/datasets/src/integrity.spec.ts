import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { digestOf, readDataFile, sha256, type DataFile } from './integrity';

const content = Buffer.from('four hundred and one bytes '.repeat(40));
const packed = gzipSync(content);
const file = {
  path: 'set/data.txt',
  plain: { bytes: content.length, sha256: sha256(content) },
  gzip: { bytes: packed.length, sha256: sha256(packed) },
} satisfies DataFile;
let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'theriac-integrity-'));
  await mkdir(join(directory, 'set'));
});
afterEach(() => rm(directory, { recursive: true }));

const put = (name: string, bytes: Uint8Array) => writeFile(join(directory, 'set', name), bytes);

describe('sha256', () => {
  it('is that of FIPS 180-4', () => {
    expect(sha256('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });
});

describe('digestOf', () => {
  it('depends on content and order', () => {
    const other = { ...file, plain: { ...file.plain, sha256: sha256('other') } };
    expect(digestOf([file])).toBe(sha256(`${sha256(content)}  set/data.txt\n`));
    expect(digestOf([file, other])).not.toBe(digestOf([other, file]));
  });
});

describe('readDataFile', () => {
  it('reads the compressed form, and the plain form where there is no other', async () => {
    await put('data.txt', content);
    expect(await readDataFile(directory, file)).toEqual(new Uint8Array(content));
    await put('data.txt.gz', packed);
    await put('data.txt', Buffer.from('not looked at'));
    expect(await readDataFile(directory, file)).toEqual(new Uint8Array(content));
  });

  it('names a missing file and the folder', async () => {
    await expect(readDataFile(directory, file)).rejects.toMatchObject({
      message: `The data file set/data.txt.gz is missing in ${directory}. Set THERIAC_DATA to the folder that holds it, or allow the download.`,
      detail: { code: 'NOT_FOUND' },
    });
  });

  it.each([
    ['cut short', 'data.txt.gz', packed.subarray(0, 30)],
    ['too long', 'data.txt.gz', Buffer.concat([packed, Buffer.of(0)])],
    ['changed', 'data.txt.gz', Buffer.from(packed).fill(1, 20, 21)],
    ['cut short', 'data.txt', content.subarray(1)],
    ['changed', 'data.txt', Buffer.from(content).fill(1, 20, 21)],
  ])('refuses a file that is %s (%s), with both digests and a remedy', async (wrong, name, bytes) => {
    await put(name, bytes);
    const expected = name.endsWith('.gz') ? file.gzip : file.plain;
    await expect(readDataFile(directory, file)).rejects.toMatchObject({
      message:
        `The data file set/${name} is ${wrong}; found: ${bytes.length} bytes with sha256 ${sha256(bytes)}; ` +
        `allowed: ${expected.bytes} bytes with sha256 ${expected.sha256}. ` +
        `Delete ${join(directory, 'set', name)} and run again to download it, or restore it from its source.`,
      detail: { code: 'DATA_LOSS', field: `set/${name}` },
    });
  });

  it('says so where the file cannot be read', async () => {
    await mkdir(join(directory, 'set', 'data.txt.gz'));
    await expect(readDataFile(directory, file)).rejects.toMatchObject({
      message: expect.stringMatching(/data\.txt\.gz cannot be read: EISDIR.* Make it a readable file\.$/) as string,
      detail: { code: 'FAILED_PRECONDITION' },
    });
  });
});
