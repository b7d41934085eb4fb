import fc from 'fast-check';
import { byteSize, dataTypeNames, namedFloat32, namedInt32, namedUint8, type NamedArray } from './array-codec';
import { decodeSafetensors, encodeSafetensors } from './safetensors';

/** A file from its header text and data, by the specification. */
function file(header: string, data: readonly number[] = []): Uint8Array {
  const json = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + json.length + data.length);
  new DataView(bytes.buffer).setUint32(0, json.length, true);
  bytes.set(json, 8);
  bytes.set(data, 8 + json.length);
  return bytes;
}

// Written by the reference implementation (safetensors for Python): {"b": uint8 [1, 2, 3], "a": float32 [[1.5, -2]]}, {"k": "v"}.
const referenceFile = Buffer.from(
  'iAAAAAAAAAB7Il9fbWV0YWRhdGFfXyI6eyJrIjoidiJ9LCJhIjp7ImR0eXBlIjoiRjMyIiwic2hhcGUiOlsxLDJdLCJkYXRhX29mZnNldHMiOlswLDhdfSwiYiI6eyJkdHlwZSI6IlU4Iiwic2hhcGUiOlszXSwiZGF0YV9vZmZzZXRzIjpbOCwxMV19fSAgAADAPwAAAMABAgM=',
  'base64',
);

const tensors = fc.uniqueArray(
  fc
    .tuple(fc.string(), fc.constantFrom(...dataTypeNames), fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 }))
    .chain(([name, dataType, shape]) => {
      const size = byteSize(dataType, shape);
      return fc
        .uint8Array({ minLength: size, maxLength: size })
        .map((bytes): NamedArray => ({ name: `t${name}`, dataType, shape, bytes }));
    }),
  { selector: (tensor) => tensor.name, maxLength: 8 },
);
const metadata = fc.dictionary(fc.string(), fc.string(), { noNullPrototype: true });
const byName = (a: NamedArray, b: NamedArray) => (a.name < b.name ? -1 : 1);

describe('encodeSafetensors', () => {
  it('writes the bytes of the reference implementation', () => {
    const bytes = encodeSafetensors(
      [namedUint8('b', [3], Uint8Array.of(1, 2, 3)), namedFloat32('a', [1, 2], Float32Array.of(1.5, -2))],
      { k: 'v' },
    );
    expect(Buffer.from(bytes).toString('latin1')).toBe(referenceFile.toString('latin1'));
  });

  it('is read back as it was, whatever the order, with every array aligned', () => {
    fc.assert(
      fc.property(tensors, metadata, (given, text) => {
        const bytes = encodeSafetensors(given, text);
        expect(encodeSafetensors([...given].reverse(), text)).toEqual(bytes);
        const read = decodeSafetensors(bytes);
        expect(read.metadata).toEqual(text);
        expect([...read.tensors].sort(byName)).toEqual([...given].sort(byName));
        for (const { dataType, bytes: part } of read.tensors) expect(part.byteOffset % byteSize(dataType, [])).toBe(0);
      }),
      { numRuns: 300 },
    );
  });

  it('refuses wrong sizes and names', () => {
    const x = namedFloat32('x', [2], new Float32Array(2));
    expect(() => encodeSafetensors([x, x])).toThrow('safetensors: tensor name "x" is taken.');
    expect(() => encodeSafetensors([{ ...x, name: '__metadata__' }])).toThrow('tensor name "__metadata__" is taken');
    expect(() => encodeSafetensors([{ ...x, shape: [3] }])).toThrow('tensor "x" of F32 and shape [3] has 8 bytes');
  });
});

describe('decodeSafetensors', () => {
  it('reads a file of the reference implementation', () => {
    const read = decodeSafetensors(referenceFile);
    expect(read.metadata).toEqual({ k: 'v' });
    expect(read.tensors.map(({ name, dataType, shape, bytes }) => [name, dataType, shape, [...bytes]])).toEqual([
      ['a', 'F32', [1, 2], [0, 0, 0xc0, 0x3f, 0, 0, 0, 0xc0]],
      ['b', 'U8', [3], [1, 2, 3]],
    ]);
  });

  it('reads an empty file, and data of any order', () => {
    expect(decodeSafetensors(file('{}'))).toEqual({ tensors: [], metadata: {} });
    const swapped =
      '{"a":{"dtype":"U8","shape":[1],"data_offsets":[2,3]},"b":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}';
    expect(decodeSafetensors(file(swapped, [7, 8, 9])).tensors.map((t) => [t.name, [...t.bytes]])).toEqual([
      ['b', [7, 8]],
      ['a', [9]],
    ]);
  });

  const one = (fields: string) => `{"a":{${fields}}}`;
  it.each([
    ['is too short', new Uint8Array(9), 'the file has 9 bytes'],
    ['has a huge header', Uint8Array.of(0, 0, 0, 0, 1, 0, 0, 0, 0x7b, 0x7d), 'the header size is 4294967296'],
    ['is cut in its header', file('{}'.padEnd(40)).subarray(0, 20), 'the header size is 40 and only 12 bytes follow'],
    ['is not UTF-8', file('{"a'.concat('xx')).fill(0xff, 10), 'the header is not UTF-8'],
    ['begins with a space', file(' {}'), 'does not begin with "{"'],
    ['is not JSON', file('{"a":}'), 'the header is not JSON'],
    [
      'repeats a name',
      file(
        '{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}',
        [1],
      ),
      'the header names "a" twice',
    ],
    ['has metadata that are no texts', file('{"__metadata__":{"a":1}}'), 'metadata "a" is not text'],
    ['has a tensor that is a number', file('{"a":3}'), 'tensor "a" is not described by an object'],
    [
      'has an unknown type',
      file(one('"dtype":"F8","shape":[1],"data_offsets":[0,1]'), [1]),
      'tensor "a" has dtype "F8", known are',
    ],
    ['has no type', file(one('"shape":[1],"data_offsets":[0,1]'), [1]), 'tensor "a" has dtype undefined'],
    ['has a negative size', file(one('"dtype":"U8","shape":[-1],"data_offsets":[0,1]'), [1]), 'has no valid shape'],
    [
      'has rank 9',
      file(one('"dtype":"U8","shape":[1,1,1,1,1,1,1,1,1],"data_offsets":[0,1]'), [1]),
      'tensor "a" shape rank is 9',
    ],
    [
      'has offsets that go back',
      file(one('"dtype":"U8","shape":[1],"data_offsets":[1,0]'), [1]),
      'has data_offsets [1,0]',
    ],
    [
      'has three offsets',
      file(one('"dtype":"U8","shape":[1],"data_offsets":[0,1,1]'), [1]),
      'has data_offsets [0,1,1]',
    ],
    [
      'points outside',
      file(one('"dtype":"U8","shape":[2],"data_offsets":[0,2]'), [1]),
      'the file holds 1 bytes of data',
    ],
    [
      'contradicts its shape',
      file(one('"dtype":"F32","shape":[1],"data_offsets":[0,2]'), [1, 2]),
      'spans 2 bytes, its F32 shape [1] needs 4',
    ],
    [
      'has bytes left over',
      file(one('"dtype":"U8","shape":[1],"data_offsets":[0,1]'), [1, 2]),
      'holds 2 bytes of data and its header describes 1',
    ],
    ['has a gap', file(one('"dtype":"U8","shape":[1],"data_offsets":[1,2]'), [1, 2]), 'leave a gap'],
    [
      'has an overlap',
      file(
        '{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}',
        [1, 2],
      ),
      'overlap',
    ],
  ])('refuses a file that %s', (_, bytes, message) => {
    expect(() => decodeSafetensors(bytes)).toThrow(message);
  });

  it('never fails with anything but a clear error, whatever byte is changed or cut', () => {
    const good = encodeSafetensors([namedInt32('y', [2, 2], Int32Array.of(1, 2, 3, 4))], { seed: '1' });
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.nat(255), fc.nat(good.length), (at, value, length) => {
        const bad = good.slice(0, length);
        bad[Math.min(at, Math.max(0, length - 1))] = value;
        try {
          for (const tensor of decodeSafetensors(bad).tensors) {
            expect(tensor.bytes.length).toBe(byteSize(tensor.dataType, tensor.shape));
          }
        } catch (error) {
          expect(error).toMatchObject({ name: 'TheriacError', detail: { code: 'INVALID_ARGUMENT' } });
        }
      }),
      { numRuns: 1000 },
    );
  });
});
