/**
 * Large arrays go to the other thread as copies that are moved: the thread that receives them does nothing, where it would otherwise
 * copy them in one go before it answers anybody. The arrays themselves stay with whoever sends them.
 */
import { copyInTurns } from '../in-turns';

/** Arrays over buffers below this are copied by the engine as they are. */
const largeBytes = 1 << 20;

type Numbers = Float32Array | Float64Array | Int32Array | Uint8Array;

/** A value to be posted, and the buffers in it to be transferred. */
export interface Movable {
  readonly value: unknown;
  readonly buffers: readonly ArrayBuffer[];
}

/** The value with copies of its large arrays, made in one go: for a worker, whom nobody waits for. */
export function movable(value: unknown): Movable {
  const copies = new Map<Numbers, Numbers>();
  for (const array of largeArraysOf(value)) {
    const copy = roomFor(array);
    copy.set(bytesOf(array));
    copies.set(array, seenAs(array, copy));
  }
  return withCopies(value, copies);
}

/** The same, yielding to the event loop: for a thread that answers others meanwhile. */
export async function movableInTurns(value: unknown): Promise<Movable> {
  const copies = new Map<Numbers, Numbers>();
  for (const array of largeArraysOf(value)) {
    const copy = roomFor(array);
    await copyInTurns(copy, bytesOf(array));
    copies.set(array, seenAs(array, copy));
  }
  return withCopies(value, copies);
}

function withCopies(value: unknown, copies: ReadonlyMap<Numbers, Numbers>): Movable {
  if (copies.size === 0) return { value, buffers: [] };
  return { value: replaced(value, copies), buffers: [...copies.values()].map(({ buffer }) => buffer as ArrayBuffer) };
}

/** A small view of a large buffer counts too: the engine would copy all that is under it. */
function largeArraysOf(value: unknown, found = new Set<Numbers>()): Set<Numbers> {
  if (isArrayOfNumbers(value)) {
    if (value.buffer.byteLength >= largeBytes) found.add(value);
  } else if (isPlain(value)) for (const part of Object.values(value)) largeArraysOf(part, found);
  return found;
}

function replaced(value: unknown, copies: ReadonlyMap<Numbers, Numbers>): unknown {
  if (isArrayOfNumbers(value)) return copies.get(value) ?? value;
  if (Array.isArray(value)) return value.map((part) => replaced(part, copies));
  if (!isPlain(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, replaced(part, copies)]));
}

const roomFor = ({ byteLength }: Numbers): Uint8Array => new Uint8Array(byteLength);
const bytesOf = ({ buffer, byteOffset, byteLength }: Numbers): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

function seenAs(array: Numbers, { buffer }: Uint8Array): Numbers {
  if (array instanceof Float32Array) return new Float32Array(buffer);
  if (array instanceof Float64Array) return new Float64Array(buffer);
  if (array instanceof Int32Array) return new Int32Array(buffer);
  return new Uint8Array(buffer);
}

function isArrayOfNumbers(value: unknown): value is Numbers {
  return [Float32Array, Float64Array, Int32Array, Uint8Array].some((kind) => value instanceof kind);
}

function isPlain(value: unknown): value is object {
  if (Array.isArray(value)) return true;
  if (typeof value !== 'object' || value === null) return false;
  return [Object.prototype, null].includes(Object.getPrototypeOf(value) as object | null);
}
