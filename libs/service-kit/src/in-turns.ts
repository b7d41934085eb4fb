import { setImmediate as nextTurn } from 'node:timers/promises';

/** Copied at a time: some 2 ms. */
const pieceBytes = 8 << 20;

/** target[at..] = source. Yields to the event loop every few milliseconds. */
export async function copyInTurns(target: Uint8Array, source: Uint8Array, at = 0): Promise<void> {
  for (let from = 0; from < source.byteLength; from += pieceBytes) {
    if (from > 0) await nextTurn();
    target.set(source.subarray(from, from + pieceBytes), at + from);
  }
}
