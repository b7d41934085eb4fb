import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { downloadFiles, type DownloadableFile } from './download';
import { sha256 } from './integrity';

const content = Buffer.from('ten digits '.repeat(1000));
const packed = gzipSync(content);
const file: DownloadableFile = {
  path: 'set/data.txt',
  plain: { bytes: content.length, sha256: sha256(content) },
  gzip: { bytes: packed.length, sha256: sha256(packed) },
  mirrors: [
    { url: 'https://one.example/data.txt.gz', compressed: true },
    { url: 'https://two.example/data.txt', compressed: false },
  ],
};
let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'theriac-download-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

type Answer = () => Response | Promise<Response>;
/** A network of two hosts. */
function network(one: Answer, two: Answer): typeof globalThis.fetch {
  return async (input) => (String(input).startsWith('https://one.example/') ? one() : two());
}
const ok = (bytes: Uint8Array, pieces = 4) => {
  const size = Math.ceil(bytes.length / pieces);
  let at = 0;
  return new Response(
    new ReadableStream<Uint8Array>({
      pull(controller) {
        if (at < bytes.length) controller.enqueue(Uint8Array.from(bytes.subarray(at, at + size)));
        else controller.close();
        at += size;
      },
    }),
  );
};
const offline = () =>
  Promise.reject(
    new TypeError('fetch failed', { cause: Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' }) }),
  );
const written = () => readdir(join(directory, 'set'));

describe('downloadFiles', () => {
  it('puts the verified file in place and reports progress to the end', async () => {
    const seen: number[] = [];
    const fetch = network(() => ok(packed), offline);
    await downloadFiles([file, { ...file, path: 'set/again.txt' }], directory, {
      fetch,
      onProgress: ({ bytes, total }) => {
        expect(total).toBe(2 * packed.length);
        seen.push(bytes);
      },
    });
    expect(await readFile(join(directory, 'set', 'data.txt.gz'))).toEqual(packed);
    expect((await written()).sort()).toEqual(['again.txt.gz', 'data.txt.gz']);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(seen.at(-1)).toBe(2 * packed.length);
  });

  it.each<[string, Answer]>([
    ['is not there', () => new Response('gone', { status: 404 })],
    ['sends something else', () => ok(Buffer.from(packed).fill(7, 50, 51))],
    ['stops half-way', () => ok(packed.subarray(0, 40))],
    ['sends too much', () => ok(Buffer.concat([packed, packed]))],
    ['cannot be reached', offline],
  ])('asks the next mirror where one %s', async (_, answer) => {
    await downloadFiles([file], directory, { fetch: network(answer, () => ok(content)) });
    expect(await written()).toEqual(['data.txt']);
    expect(await readFile(join(directory, 'set', 'data.txt'))).toEqual(content);
  });

  it('says in one line what each mirror said, and leaves nothing behind', async () => {
    const fetch = network(() => new Response('', { status: 503 }), offline);
    await expect(downloadFiles([file], directory, { fetch })).rejects.toMatchObject({
      message:
        'The data file set/data.txt could not be downloaded (one.example: HTTP status 503; two.example: getaddrinfo ENOTFOUND). ' +
        `Check the network, or put the file below ${directory}, or set THERIAC_DATA to a folder that holds it.`,
      detail: { code: 'UNAVAILABLE', field: 'set/data.txt' },
    });
    expect(await written()).toEqual([]);
  });

  it('gives up a silent mirror', async () => {
    const silent: typeof globalThis.fetch = (_, init) =>
      new Promise((_resolve, reject) =>
        init?.signal?.addEventListener('abort', () => reject(init.signal?.reason as Error)),
      );
    const fetch: typeof globalThis.fetch = (input, init) =>
      String(input).includes('one') ? silent(input, init) : Promise.resolve(ok(content));
    await downloadFiles([file], directory, { fetch, silenceMilliseconds: 30 });
    expect(await written()).toEqual(['data.txt']);
  });

  it('is cancelled by the signal', async () => {
    const controller = new AbortController();
    const fetch: typeof globalThis.fetch = async () => {
      controller.abort();
      throw new Error('aborted');
    };
    await expect(downloadFiles([file], directory, { fetch, signal: controller.signal })).rejects.toMatchObject({
      detail: { code: 'CANCELLED' },
    });
    expect(await written()).toEqual([]);
  });

  it('refuses mirrors without encryption', async () => {
    const plain = { ...file, mirrors: [{ url: 'http://one.example/data.txt.gz', compressed: true }] };
    await expect(downloadFiles([plain], directory, { fetch: network(() => ok(packed), offline) })).rejects.toThrow(
      'not an https address',
    );
  });

  it('says so where the folder cannot be written', async () => {
    await writeFile(join(directory, 'set'), 'a file in the way');
    await expect(downloadFiles([file], directory, { fetch: network(() => ok(packed), offline) })).rejects.toMatchObject(
      {
        message: expect.stringMatching(
          /^The data folder .* cannot be written: .* Set THERIAC_DATA to a folder that can be written/,
        ) as string,
        detail: { code: 'FAILED_PRECONDITION' },
      },
    );
  });
});
