import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { visitZip } from './zip';
import { zipOf } from './fixtures/zip-of';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'theriac-zip-'));
});
afterAll(() => rm(directory, { recursive: true }));

async function put(bytes: Uint8Array): Promise<string> {
  const location = join(directory, 'a.zip');
  await writeFile(location, bytes);
  return location;
}
const archive = zipOf({ 'one.txt': Buffer.from('first '.repeat(50)), 'two.txt': Buffer.from('second') });

describe('visitZip', () => {
  it('reads the files asked for', async () => {
    const seen: [string, string][] = [];
    const location = await put(archive);
    await visitZip(
      location,
      (name, bytes) => name !== 'one.txt' || bytes !== 300,
      (name, content) => void seen.push([name, Buffer.from(content).toString()]),
    );
    expect(seen).toEqual([['two.txt', 'second']]);
  });

  it.each([
    ['cut short', archive.subarray(0, archive.length - 30)],
    [
      'changed',
      Buffer.from(archive).fill(
        archive.indexOf('second') >= 0 ? 120 : 0,
        archive.indexOf('second'),
        archive.indexOf('second') + 1,
      ),
    ],
    ['no archive', Buffer.from('second')],
  ])('refuses an archive that is %s', async (_, bytes) => {
    const location = await put(bytes);
    await expect(
      visitZip(
        location,
        () => true,
        () => {},
      ),
    ).rejects.toMatchObject({ detail: { code: 'DATA_LOSS', field: location } });
  });
});
