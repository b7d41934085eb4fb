import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { visitTar } from './tar';

const large = Buffer.alloc(3_000_000, 'theriac ');
let directory: string;
let archive: Buffer;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'theriac-tar-'));
  const tar = pack();
  tar.entry({ name: 'set/', type: 'directory' });
  tar.entry({ name: 'set/one' }, 'first');
  tar.entry({ name: 'set/large' }, large);
  tar.entry({ name: 'set/three' }, 'third');
  tar.finalize();
  const pieces: Buffer[] = [];
  for await (const piece of tar as AsyncIterable<Buffer>) pieces.push(piece);
  archive = Buffer.concat(pieces);
});
afterAll(() => rm(directory, { recursive: true }));

async function put(name: string, bytes: Uint8Array): Promise<string> {
  await writeFile(join(directory, name), bytes);
  return join(directory, name);
}

describe('visitTar', () => {
  it.each([
    ['plain', (bytes: Buffer) => bytes, 'a.tar'],
    ['compressed', (bytes: Buffer) => gzipSync(bytes), 'a.tar.gz'],
  ])('reads the files asked for from a %s archive', async (_, form, name) => {
    const seen: [string, number, string][] = [];
    const location = await put(name, form(archive));
    await visitTar(
      location,
      (file) => file !== 'set/one',
      (file, content) => void seen.push([file, content.length, Buffer.from(content.subarray(0, 5)).toString()]),
    );
    expect(seen).toEqual([
      ['set/large', large.length, 'theri'],
      ['set/three', 5, 'third'],
    ]);
  });

  it.each([
    ['cut short', () => gzipSync(archive).subarray(0, 2000)],
    ['changed', () => Buffer.from(gzipSync(archive)).fill(1, 1500, 1600)],
    ['no archive', () => gzipSync(Buffer.alloc(4096, 'x'))],
  ])('refuses an archive that is %s', async (_, bytes) => {
    const location = await put('bad.tar.gz', bytes());
    await expect(
      visitTar(
        location,
        () => true,
        () => {},
      ),
    ).rejects.toMatchObject({
      message: expect.stringMatching(/bad\.tar\.gz cannot be unpacked: /) as string,
      detail: { code: 'DATA_LOSS' },
    });
  });

  it('lets the errors of the visitor through', async () => {
    const location = await put('b.tar', archive);
    const refuse = () => {
      throw new Error('not this one');
    };
    await expect(visitTar(location, () => true, refuse)).rejects.toThrow('not this one');
  });
});
