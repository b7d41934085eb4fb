/** The state of a long computation as plain data, and its encoding: a checkpoint is a safetensors file. */
import { decodeSafetensors, encodeSafetensors, float32Of, TheriacError } from '@theriac/tensors';
import type { NamedArray } from '@theriac/tensors';

/** A value that JSON keeps exactly. */
export type PlainScalar = number | string | boolean | readonly number[];

/** Everything a computation remembers between steps. */
export interface PlainState {
  /** Steps taken so far. */
  readonly step: number;
  /** Steps in all. */
  readonly of: number;
  readonly done: boolean;
  readonly scalars: Readonly<Record<string, PlainScalar>>;
  readonly arrays: Readonly<Record<string, Float32Array | Float64Array | Int32Array>>;
}

const metadataKey = 'theriac.state';

/**
 * The state as bytes. `fingerprint` names the request that it belongs to: everything that determines the result.
 * The same state gives the same bytes.
 */
export function encodePlainState(state: PlainState, fingerprint: string): Uint8Array {
  const names = Object.keys(state.arrays).sort();
  const { step, of, done } = state;
  const scalars = Object.fromEntries(Object.entries(state.scalars).sort(([a], [b]) => (a < b ? -1 : 1)));
  return encodeSafetensors(
    names.map((name) => named(name, state.arrays[name] as Float32Array)),
    { [metadataKey]: JSON.stringify({ fingerprint, step, of, done, scalars }) },
  );
}

/**
 * The state of a checkpoint. Throws FAILED_PRECONDITION when it belongs to another request, and INVALID_ARGUMENT when the
 * bytes are no checkpoint at all.
 */
export function decodePlainState(bytes: Uint8Array, fingerprint: string): PlainState {
  const { tensors, metadata } = decodeSafetensors(bytes);
  const text = metadata[metadataKey];
  if (text === undefined)
    throw new TheriacError('The blob to resume from is not a checkpoint.', {
      code: 'INVALID_ARGUMENT',
      field: 'resume_from',
      found: 'a safetensors file without checkpoint metadata',
      allowed: 'the state of a checkpoint that this service returned',
      remedy: 'Start again without resume_from.',
    });
  const head = headOf(text);
  if (head.fingerprint !== fingerprint)
    throw new TheriacError('The checkpoint belongs to another request.', {
      code: 'FAILED_PRECONDITION',
      field: 'resume_from',
      found: head.fingerprint,
      allowed: fingerprint,
      remedy: 'Resume with the request that made the checkpoint, or start again without resume_from.',
    });
  const { step, of, done, scalars } = head;
  return { step, of, done, scalars, arrays: Object.fromEntries(tensors.map((array) => [array.name, typed(array)])) };
}

/** The metadata of a checkpoint. Throws INVALID_ARGUMENT when the text is another one. */
function headOf(text: string): Omit<PlainState, 'arrays'> & { fingerprint: string } {
  let head: unknown;
  try {
    head = JSON.parse(text);
  } catch {
    head = undefined;
  }
  if (typeof head === 'object' && head !== null && 'fingerprint' in head) {
    const { fingerprint, step, of, done, scalars } = head as Partial<PlainState> & { fingerprint: unknown };
    const numbers = typeof step === 'number' && typeof of === 'number';
    if (typeof fingerprint === 'string' && numbers && typeof done === 'boolean' && typeof scalars === 'object')
      return { fingerprint, step, of, done, scalars };
  }
  throw new TheriacError('The blob to resume from is a damaged checkpoint.', {
    code: 'INVALID_ARGUMENT',
    field: 'resume_from',
    found: 'metadata that do not describe a state',
    allowed: 'the state of a checkpoint that this service returned',
    remedy: 'Resume from an earlier checkpoint, or start again without resume_from.',
  });
}

function named(name: string, data: Float32Array | Float64Array | Int32Array): NamedArray {
  const dataType = data instanceof Float64Array ? 'F64' : data instanceof Int32Array ? 'I32' : 'F32';
  return { name, dataType, shape: [data.length], bytes: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) };
}

function typed(array: NamedArray): Float32Array | Float64Array | Int32Array {
  const copy = array.bytes.slice().buffer;
  if (array.dataType === 'F64') return new Float64Array(copy);
  if (array.dataType === 'I32') return new Int32Array(copy);
  return float32Of(array);
}
