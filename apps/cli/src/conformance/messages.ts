/** Numbers as messages of the contract, and back. */
import type { Poison } from '@theriac/contract/game';
import type { BlobRef, PutRequest, PutResponse, TensorBundle } from '@theriac/contract/tensor';
import { sha256Hex } from '@theriac/game';
import { errorOfCall, readRemoteBundle, writeRemoteBundle } from '@theriac/service-kit';
import { float32Of, int32Of, namedFloat32, namedInt32 } from '@theriac/tensors';
import type { NamedArray } from '@theriac/tensors';
import { demand } from './check';
import type { KnownPoison } from './known-game';
import type { AnySubject } from './subject';

/** One flat vector. */
export function vector(s: AnySubject, name: string, values: Float32Array): Promise<TensorBundle> {
  return bundle(s, namedFloat32(name, [values.length], values));
}

export function bundle(s: AnySubject, ...arrays: NamedArray[]): Promise<TensorBundle> {
  return writeRemoteBundle(s.blobs, arrays, s.settings);
}

/** Poison rows with their base rows. */
export async function poisonMessage(s: AnySubject, { x, y, base, placement }: KnownPoison): Promise<Poison> {
  const shape = [y.length, x.length / y.length];
  const arrays = [namedFloat32('x', shape, x), namedInt32('y', [y.length], y), namedInt32('base', [base.length], base)];
  return { rows: await bundle(s, ...arrays), placement };
}

/** A tensor that an answer must have. Throws Broken where it is missing or has another shape. */
async function tensor(
  s: AnySubject,
  from: TensorBundle | undefined,
  name: string,
  shape: readonly (number | undefined)[],
): Promise<NamedArray> {
  const found = (await readRemoteBundle(s.blobs, from, { ...s.settings, field: name })).get(name);
  demand(found !== undefined, `the tensor ${name} is missing`);
  const fits =
    found.shape.length === shape.length && shape.every((n, axis) => (n ?? found.shape[axis]) === found.shape[axis]);
  const wanted = shape.map((n) => n ?? 'any').join(', ');
  demand(fits, `${name} has the shape [${found.shape.join(', ')}], not [${wanted}]`);
  return found;
}

/** F32 values of an answer, of this shape (undefined: any size); finite. Throws Broken. */
export async function floats(
  s: AnySubject,
  from: TensorBundle | undefined,
  name: string,
  ...shape: (number | undefined)[]
): Promise<Float32Array> {
  const found = await tensor(s, from, name, shape);
  demand(found.dataType === 'F32', `${name} is of type ${found.dataType}, not F32`);
  const values = float32Of(found);
  const bad = values.findIndex((value) => !Number.isFinite(value));
  demand(bad < 0, `${name}[${bad}] is ${values[bad]}`);
  return values;
}

/** I32 values of an answer, of this shape. Throws Broken. */
export async function integers(
  s: AnySubject,
  from: TensorBundle | undefined,
  name: string,
  ...shape: (number | undefined)[]
): Promise<Int32Array> {
  const found = await tensor(s, from, name, shape);
  demand(found.dataType === 'I32', `${name} is of type ${found.dataType}, not I32`);
  return int32Of(found);
}

/** What bytes some values are. */
export const digestOf = ({ buffer, byteOffset, byteLength }: Float32Array | Int32Array): string =>
  sha256Hex(new Uint8Array(buffer, byteOffset, byteLength));

/** Puts these parts as they are, right or wrong. */
export function putParts(s: AnySubject, parts: readonly PutRequest[]): Promise<PutResponse> {
  const { deadlineSeconds = 60, signal } = s.settings;
  return new Promise((resolve, reject) => {
    const call = s.blobs.put({ deadline: Date.now() + deadlineSeconds * 1000 }, (error, answer) => {
      signal?.removeEventListener('abort', cancel);
      if (error) reject(errorOfCall(error, s.address, 'Put'));
      else resolve(answer);
    });
    const cancel = (): void => call.cancel();
    signal?.addEventListener('abort', cancel, { once: true });
    // The service may answer before all is sent; the answer says what matters.
    call.on('error', () => undefined);
    for (const part of parts) call.write(part);
    call.end();
  });
}

export const refPart = (ref: BlobRef): PutRequest => ({ part: { $case: 'ref', value: ref } });
export const chunkPart = (content: Uint8Array): PutRequest => ({
  part: { $case: 'chunk', value: Buffer.from(content) },
});
