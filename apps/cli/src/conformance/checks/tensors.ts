/** Tensors on their way in: every form and type that the contract has, and what is no tensor. */
import { DataType } from '@theriac/contract/tensor';
import type { Tensor, TensorBundle } from '@theriac/contract/tensor';
import { blobRefOf, uploadBlob } from '@theriac/service-kit';
import { encodeSafetensors, namedFloat32 } from '@theriac/tensors';
import { demand } from '../check';
import type { Check } from '../check';
import { allRefused } from '../refusals';
import type { Wrong } from '../refusals';
import type { AnySubject } from '../subject';

/** What a service makes of parameters in a bundle, as text. */
export type Taken<S> = (s: S, parameters: TensorBundle) => Promise<string>;

/** The checks of a service that `take`s the parameters of the game somewhere. */
export function tensorChecks<S extends AnySubject>(take: Taken<S>): readonly Check<S>[] {
  return [
    {
      id: 'tensors.forms',
      promise: 'F32, F64, F16 and BF16 say the same, inline or in a blob',
      async run(s) {
        const w = eighths(s.game.point('w'));
        const file = encodeSafetensors([namedFloat32('parameters', [w.length], w)]);
        const forms: [string, TensorBundle][] = [
          ['F32', inline(f32(w))],
          ['a blob', { source: { $case: 'blob', value: await uploadBlob(s.blobs, file, s.settings) } }],
          ['F64', inline(tensorOf(DataType.F64, [w.length], Buffer.from(Float64Array.from(w).buffer)))],
          ['F16', inline(tensorOf(DataType.F16, [w.length], halves(w, halfOf)))],
          ['BF16', inline(tensorOf(DataType.BF16, [w.length], halves(w, upperHalfOf)))],
        ];
        const expected = await take(s, forms[0]![1]);
        for (const [form, bundle] of forms.slice(1))
          demand((await take(s, bundle)) === expected, `${form} gives another answer than F32`);
        return forms.map(([form]) => form).join(', ');
      },
    },
    {
      id: 'tensors.refusals',
      promise: 'a tensor whose bytes, shape, type or name are wrong is refused, and a blob that is none or not held',
      async run(s) {
        const w = s.game.point('w');
        const good = f32(w);
        const nobody = await blobRefOf(Buffer.from(`nobody put this ${performance.timeOrigin}`));
        const junk = await uploadBlob(s.blobs, Buffer.from('these are no tensors at all'), s.settings);
        const wrong = (what: string, bundle: TensorBundle, field?: string, status = 'INVALID_ARGUMENT'): Wrong => ({
          what,
          call: () => take(s, bundle),
          status,
          ...(field === undefined ? {} : { field }),
        });
        const other = (change: Partial<Tensor>): TensorBundle => inline({ ...good, ...change });
        return allRefused([
          wrong('no source', { source: undefined }),
          wrong('too few bytes', other({ data: good.data.subarray(4) }), 'data'),
          wrong('a shape of other size', other({ shape: [w.length + 1] }), 'data'),
          wrong('nine axes', other({ shape: [1, 1, 1, 1, 1, 1, 1, 1, w.length] }), 'shape'),
          wrong('a negative axis', other({ shape: [-w.length] }), 'shape'),
          wrong('more elements than there are bytes in the world', other({ shape: [2 ** 40, 2 ** 40] })),
          wrong('no type', other({ dataType: DataType.UNSPECIFIED }), 'data_type'),
          wrong('a type that is not known', other({ dataType: 99 as DataType }), 'data_type'),
          wrong('no name', other({ name: '' }), 'name'),
          wrong('a name twice', inline(good, good), 'name'),
          wrong('a blob that is no tensors', { source: { $case: 'blob', value: junk } }),
          wrong('a blob that is not held', { source: { $case: 'blob', value: nobody } }, undefined, 'NOT_FOUND'),
        ]);
      },
    },
  ];
}

const inline = (...tensors: Tensor[]): TensorBundle => ({ source: { $case: 'inline', value: { tensors } } });

const tensorOf = (dataType: DataType, shape: number[], data: Buffer): Tensor => ({
  name: 'parameters',
  dataType,
  shape,
  data,
});

const f32 = (w: Float32Array): Tensor => tensorOf(DataType.F32, [w.length], Buffer.from(Float32Array.from(w).buffer));

/** To multiples of 1/8 from -2 to 2: numbers that every type has. */
const eighths = (w: Float32Array): Float32Array =>
  w.map((value) => Math.max(-16, Math.min(16, Math.round(8 * value))) / 8);

function halves(w: Float32Array, of: (value: number) => number): Buffer {
  return Buffer.from(Uint16Array.from(w, of).buffer);
}

/** The binary16 of a normal number that has one. */
function halfOf(value: number): number {
  const size = Math.abs(value);
  if (size === 0) return 0;
  const exponent = Math.floor(Math.log2(size));
  return (value < 0 ? 0x8000 : 0) + ((exponent + 15) << 10) + (size / 2 ** exponent - 1) * 1024;
}

/** The upper 16 bits of a binary32. */
const upperHalfOf = (value: number): number => new Uint32Array(Float32Array.of(value).buffer)[0]! >>> 16;
