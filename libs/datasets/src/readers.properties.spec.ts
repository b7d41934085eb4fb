import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { TheriacError } from '@theriac/tensors';
import fc from 'fast-check';
import { npyOf } from './fixtures/npy-of';
import { zipOf } from './fixtures/zip-of';
import { parseIdx } from './idx';
import { readCsv } from './own/csv-table';
import { parseNpy } from './own/npy';
import { parseSpambase } from './spambase';
import { visitTar } from './tar';
import { visitZip } from './zip';

const folder = mkdtempSync(join(tmpdir(), 'theriac-readers-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Content with one byte changed, and perhaps cut. */
const damaged = (content: Uint8Array): fc.Arbitrary<Buffer> =>
  fc
    .tuple(fc.nat(content.length - 1), fc.integer({ min: 1, max: 255 }), fc.nat(2 * content.length))
    .map(([at, flip, to]) => {
      const bytes = Buffer.from(content);
      bytes[at]! ^= flip;
      return bytes.subarray(0, to);
    });
const garbage = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes));

/** Reads, or refuses in one sentence; never anything else. */
async function readsOrRefuses(read: () => unknown): Promise<void> {
  try {
    await read();
  } catch (error) {
    if (!(error instanceof TheriacError)) throw error;
    expect(error.message.length).toBeLessThan(2000);
  }
}

/** Holds for garbage that begins as the format does, and for files that were good. */
function sound(good: Uint8Array, read: (bytes: Buffer) => unknown, numRuns = 300): Promise<void> {
  const begun = garbage.map((rest) => Buffer.concat([good.subarray(0, 8), rest]));
  const files = fc.oneof(garbage, begun, damaged(good));
  return fc.assert(
    fc.asyncProperty(files, (bytes) => readsOrRefuses(() => read(bytes))),
    { numRuns },
  );
}

describe('a file that was changed, cut, or is something else altogether, is read or refused', () => {
  it('IDX', () => {
    const good = Buffer.from([0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6]);
    expect([...parseIdx(good, 2, 'x').values]).toEqual([1, 2, 3, 4, 5, 6]);
    return sound(good, (bytes) => {
      const { shape, values } = parseIdx(bytes, 2, 'x');
      expect(values.length).toBe(shape.reduce((product, size) => product * size, 1));
    });
  });

  it('.npy, also where the header says something odd', async () => {
    const consistent = (bytes: Buffer): void => {
      const { shape, values } = parseNpy(bytes, 'x');
      expect(shape.every((size) => Number.isInteger(size) && size >= 0)).toBe(true);
      expect(values.length).toBe(shape.reduce((product, size) => product * size, 1));
    };
    const good = npyOf('<f4', [2, 3], new Float32Array(6));
    consistent(good);
    await sound(good, consistent, 600);
    const size = fc.oneof(fc.integer().map(String), fc.constantFrom('-1', '-2', '0.5', '1e3', '0x2', 'None', '', ' 6'));
    const shapes = fc.array(size, { maxLength: 4 }).map((sizes) => {
      const text = `{'descr': '<f4', 'fortran_order': False, 'shape': (${sizes.join(', ')}), }`;
      const head = Buffer.alloc(10);
      head.write('\x93NUMPY\x01\x00', 'latin1');
      head.writeUInt16LE(text.length, 8);
      return Buffer.concat([head, Buffer.from(text), Buffer.alloc(24)]);
    });
    await fc.assert(
      fc.asyncProperty(shapes, (bytes) => readsOrRefuses(() => consistent(bytes))),
      { numRuns: 500 },
    );
  });

  it('CSV', async () => {
    const good = Buffer.from('a,b,label\n1,2,0\n3,4,1\n5,6,0\n7,8,1\n');
    expect((await readCsv('own.csv', good)).shape).toEqual([2]);
    await sound(good, (bytes) => readCsv('own.csv', bytes));
  });

  it('Spambase', () => {
    const good = Buffer.from(`${Array.from({ length: 57 }, (_, k) => k / 7).join(',')},1\n`);
    expect(parseSpambase(good.toString('latin1'), 'x').count).toBe(1);
    return sound(good, (bytes) => parseSpambase(bytes.toString('latin1'), 'x'));
  });

  it('zip', async () => {
    const contents: Record<string, Buffer> = { 'a.npy': Buffer.alloc(300, 7), 'b.npy': Buffer.from([1, 2, 3]) };
    const file = join(folder, 'x.zip');
    const visited = (bytes: Buffer): Promise<void> => {
      writeFileSync(file, bytes);
      // What is unpacked is what was packed: the checksum sees to it.
      return visitZip(
        file,
        (name) => name in contents,
        (name, content) => expect(Buffer.from(content).equals(contents[name]!)).toBe(true),
      );
    };
    await visited(zipOf(contents));
    await sound(zipOf(contents), visited);
  });

  it('tar, compressed and not', async () => {
    const header = Buffer.alloc(512);
    header.write('a.bin');
    header.write('0000644\u00000000000\u00000000000\u000000000000005\u000000000000000\u0000        0', 100);
    header.write('ustar\u000000', 257);
    header.write(
      `${header
        .reduce((sum, byte) => sum + byte, 0)
        .toString(8)
        .padStart(6, '0')}\u0000 `,
      148,
    );
    const good = Buffer.concat([header, Buffer.from('hello'.padEnd(512, '\u0000')), Buffer.alloc(1024)]);
    const visitedAs =
      (name: string) =>
      async (bytes: Buffer): Promise<string[]> => {
        const file = join(folder, name);
        writeFileSync(file, bytes);
        const found: string[] = [];
        await visitTar(
          file,
          () => true,
          (each, content) => void found.push(`${each}: ${Buffer.from(content).toString()}`),
        );
        return found;
      };
    expect(await visitedAs('x.tar')(good)).toEqual(['a.bin: hello']);
    expect(await visitedAs('x.tar.gz')(gzipSync(good))).toEqual(['a.bin: hello']);
    await sound(good, visitedAs('x.tar'));
    await sound(gzipSync(good), visitedAs('x.tar.gz'));
  });
});
