import { Tensor, TensorBundle } from '@theriac/contract/tensor';
import { dataTypeNames, byteSize, TheriacError } from '@theriac/tensors';
import type { NamedArray } from '@theriac/tensors';
import fc from 'fast-check';
import { createBlobStore } from '../blobs/blob-store';
import { readBundle } from './read';
import { writeBundle } from './write';

const blobs = createBlobStore();
afterAll(() => blobs.close());

const arrays = fc.uniqueArray(
  fc
    .tuple(
      fc.string({ minLength: 1, maxLength: 20 }),
      fc.constantFrom(...dataTypeNames),
      fc.array(fc.nat(4), { maxLength: 3 }),
    )
    .chain(([name, dataType, shape]) => {
      const size = byteSize(dataType, shape);
      return fc
        .uint8Array({ minLength: size, maxLength: size })
        .map((bytes): NamedArray => ({ name, dataType, shape, bytes }));
    }),
  { selector: ({ name }) => name, maxLength: 6 },
);

describe('a bundle', () => {
  it('brings any tensors over the wire as they were', async () => {
    await fc.assert(
      fc.asyncProperty(arrays, async (given) => {
        const wire = TensorBundle.encode(await writeBundle(given, blobs)).finish();
        const read = await readBundle(TensorBundle.decode(wire), blobs, 'rows');
        const plain = ({ name, dataType, shape, bytes }: NamedArray) => ({ name, dataType, shape, bytes: [...bytes] });
        expect([...read.values()].map(plain)).toEqual(given.map(plain));
      }),
    );
  });

  it('of any bytes that decode is read or refused in one sentence', async () => {
    const odd = fc
      .record({
        name: fc.string(),
        dataType: fc.integer({ min: -2, max: 20 }),
        shape: fc.array(fc.integer({ min: -3, max: 9 }), { maxLength: 10 }),
        data: fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
      })
      .map((tensor) => ({ source: { $case: 'inline' as const, value: { tensors: [Tensor.fromPartial(tensor)] } } }));
    const wires = fc.oneof(
      odd.map((bundle) => TensorBundle.encode(bundle).finish()),
      fc.uint8Array({ maxLength: 60 }),
      fc.uint8Array({ maxLength: 40 }).map((rest) => Uint8Array.of(0x12, rest.length, ...rest)),
    );
    const decoded = wires.map((bytes) => {
      try {
        return TensorBundle.decode(bytes);
      } catch {
        return undefined;
      }
    });
    await fc.assert(
      fc.asyncProperty(decoded, async (bundle) => {
        try {
          const read = await readBundle(bundle, blobs, 'rows');
          for (const { dataType, shape, bytes } of read.values()) expect(byteSize(dataType, shape)).toBe(bytes.length);
        } catch (error) {
          if (!(error instanceof TheriacError)) throw error;
          expect(error.message).toContain('rows');
        }
      }),
      { numRuns: 500 },
    );
  });
});
