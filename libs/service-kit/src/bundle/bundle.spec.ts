import { DataType, type Tensor, type TensorBundle } from '@theriac/contract/tensor';
import { encodeSafetensors, namedFloat32, namedInt32, type NamedArray } from '@theriac/tensors';
import fc from 'fast-check';
import { createBlobStore, type BlobStore } from '../blobs/blob-store';
import { failure } from '../fixtures/evaluator';
import { readBundle } from './read';
import { requireTensor, type TensorRequirement } from './require-tensor';
import { inlineBytes, writeBundle } from './write';

let blobs: BlobStore;
beforeEach(() => (blobs = createBlobStore()));
afterEach(() => blobs.close());

const inline = (...tensors: Tensor[]): TensorBundle => ({ source: { $case: 'inline', value: { tensors } } });
const tensor = (given: Partial<Tensor> = {}): Tensor => ({
  name: 'parameters',
  dataType: DataType.F32,
  shape: [2],
  data: Buffer.from(new Float32Array([1, 2]).buffer),
  ...given,
});

describe('a bundle that is not right is refused by field', () => {
  it.each<[string, TensorBundle | undefined, string]>([
    ['nothing', undefined, 'parameters'],
    ['no source', { source: undefined }, 'parameters'],
    ['no name', inline(tensor({ name: '' })), 'parameters.inline.tensors[0].name'],
    ['a long name', inline(tensor({ name: 'x'.repeat(257) })), 'parameters.inline.tensors[0].name'],
    ['a name twice', inline(tensor(), tensor()), 'parameters.inline.tensors[1].name'],
    ['no data type', inline(tensor({ dataType: 0 })), 'parameters.inline.tensors[0].data_type'],
    ['an unknown data type', inline(tensor({ dataType: 99 as DataType })), 'parameters.inline.tensors[0].data_type'],
    ['rank 9', inline(tensor({ shape: [1, 1, 1, 1, 1, 1, 1, 1, 2] })), 'parameters.inline.tensors[0].shape'],
    ['a negative size', inline(tensor({ shape: [-2] })), 'parameters.inline.tensors[0].shape'],
    ['too many elements', inline(tensor({ shape: [2 ** 40, 2 ** 40] })), 'parameters.inline.tensors[0].shape'],
    ['too few bytes', inline(tensor({ shape: [3] })), 'parameters.inline.tensors[0].data'],
    [
      'a short digest',
      { source: { $case: 'blob', value: { sha256: Buffer.alloc(3), size: 1 } } },
      'parameters.blob.sha256',
    ],
  ])('%s', async (_, bundle, field) => {
    const { detail } = await failure(readBundle(bundle, blobs, 'parameters'));
    expect(detail).toMatchObject({ code: 'INVALID_ARGUMENT', field });
    expect(detail.allowed).toBeTruthy();
  });

  it('a blob that is not held', async () => {
    const bundle: TensorBundle = { source: { $case: 'blob', value: { sha256: Buffer.alloc(32), size: 8 } } };
    expect((await failure(readBundle(bundle, blobs, 'poison.rows'))).detail).toMatchObject({
      code: 'NOT_FOUND',
      field: 'poison.rows.blob',
    });
  });

  it('a blob that is no safetensors file', async () => {
    const bundle: TensorBundle = { source: { $case: 'blob', value: await blobs.put(Buffer.alloc(100, 0x41)) } };
    const { message, detail } = await failure(readBundle(bundle, blobs, 'poison.rows'));
    expect(detail.code).toBe('INVALID_ARGUMENT');
    expect(detail.field).toMatch(/^poison\.rows\.blob/);
    expect(message).toMatch(/poison\.rows\.blob.*safetensors/);
  });
});

it('says the rank that was found', async () => {
  const nine = inline(tensor({ shape: [1, 1, 1, 1, 1, 1, 1, 1, 2] }));
  expect((await failure(readBundle(nine, blobs, 'x'))).message).toMatch(/rank 9; allowed: rank 0 to 8/);
});

it('refuses more elements than 1 GiB of 32-bit floats has, before they are widened', async () => {
  const count = 2 ** 28 + 1;
  const header = Buffer.from(JSON.stringify({ x: { dtype: 'U8', shape: [count], data_offsets: [0, count] } }));
  const file = Buffer.alloc(8 + header.length + count);
  file.writeBigUInt64LE(BigInt(header.length));
  header.copy(file, 8);
  const ref = { sha256: Buffer.alloc(32), size: file.length };
  const refused = readBundle({ source: { $case: 'blob', value: ref } }, { get: () => Promise.resolve(file) }, 'rows');
  expect((await failure(refused)).detail).toMatchObject({
    field: 'rows.blob.x.shape',
    allowed: `at most ${2 ** 28} elements`,
  });
});

describe('a tensor that is not what it must be is refused by field', () => {
  const found = new Map<string, NamedArray>([
    ['x', namedFloat32('x', [2, 2], new Float32Array([1, 2, NaN, 4]))],
    ['y', namedInt32('y', [3], new Int32Array([1, 2, 3]))],
  ]);
  it.each<[string, TensorRequirement, string]>([
    ['z', {}, 'poison.rows.z'],
    ['x', { rank: 1 }, 'poison.rows.x.shape'],
    ['x', { leading: 3 }, 'poison.rows.x.shape'],
    ['x', { shape: [2, 3] }, 'poison.rows.x.shape'],
    ['x', { finite: true }, 'poison.rows.x[2]'],
    ['x', { integer: true }, 'poison.rows.x.data_type'],
  ])('%s with %j', async (name, requirement, field) => {
    const refused = failure(Promise.resolve().then(() => requireTensor(found, name, requirement, 'poison.rows')));
    expect((await refused).detail).toMatchObject({ code: 'INVALID_ARGUMENT', field });
  });

  it('and one that is gives its values', () => {
    const y = requireTensor(found, 'y', { rank: 1, leading: 3, integer: true, finite: true }, 'poison.rows');
    expect([...y.int32()]).toEqual([1, 2, 3]);
    expect([...y.float32()]).toEqual([1, 2, 3]);
  });
});

it('brings arrays back as they were, inline and through a blob', async () => {
  const array = fc
    .array(fc.float({ noDefaultInfinity: true, noNaN: true }), { maxLength: 20 })
    .map((values) => new Float32Array(values));
  const bundle = fc.uniqueArray(fc.tuple(fc.string({ minLength: 1, maxLength: 9 }), array), {
    selector: ([name]) => name,
  });
  await fc.assert(
    fc.asyncProperty(bundle, async (entries) => {
      const arrays = entries.map(([name, values]) => namedFloat32(name, [values.length], values));
      const sent = [
        await writeBundle(arrays, blobs),
        { source: { $case: 'blob' as const, value: await blobs.put(encodeSafetensors(arrays)) } },
      ];
      for (const each of sent) {
        const got = await readBundle(each, blobs, 'bundle');
        expect(got.size).toBe(entries.length);
        for (const [name, values] of entries) {
          expect(requireTensor(got, name, { shape: [values.length] }, 'bundle').float32()).toEqual(values);
        }
      }
    }),
    { numRuns: 50 },
  );
});

it('sends up to 1 MiB inline and more as a blob', async () => {
  const sized = (bytes: number) => writeBundle([namedFloat32('x', [bytes / 4], new Float32Array(bytes / 4))], blobs);
  expect((await sized(inlineBytes)).source?.$case).toBe('inline');
  expect((await sized(inlineBytes + 4)).source?.$case).toBe('blob');
});
