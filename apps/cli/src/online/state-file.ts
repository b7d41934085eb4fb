/** An online trainer's state as a file: what a game that broke off goes on from. */
import { decodePlainState, encodePlainState } from '@theriac/game';
import type { Batch, OnlineState } from '@theriac/game/online';

/** The state as bytes; the same state gives the same bytes. */
export function encodeOnlineState(state: OnlineState, ticks: number, fingerprint: string): Uint8Array {
  const { tick, w, seen, queue, loss } = state;
  const features = queue[0]?.rows.features ?? 0;
  const arrays: Record<string, Float32Array | Int32Array> = { w };
  seen.forEach((vector, k) => (arrays[`seen-${k}`] = vector));
  queue.forEach(({ rows, users, poison }, k) => {
    arrays[`queue-${k}-x`] = rows.x;
    arrays[`queue-${k}-y`] = rows.y;
    arrays[`queue-${k}-users`] = users;
    arrays[`queue-${k}-poison`] = Int32Array.from(poison);
  });
  const scalars = {
    seen: seen.length,
    queue: queue.length,
    features,
    loss: loss === null ? [] : [loss.last, loss.best],
  };
  return encodePlainState({ step: tick, of: ticks, done: tick === ticks, scalars, arrays }, fingerprint);
}

/** The state of a file. Throws FAILED_PRECONDITION where it belongs to another game. */
export function decodeOnlineState(bytes: Uint8Array, fingerprint: string): OnlineState {
  const { step, scalars, arrays } = decodePlainState(bytes, fingerprint);
  const count = (name: string): number => Number(scalars[name] ?? 0);
  const floats = (name: string): Float32Array => (arrays[name] as Float32Array | undefined) ?? new Float32Array(0);
  const integers = (name: string): Int32Array => (arrays[name] as Int32Array | undefined) ?? new Int32Array(0);
  const [last, best] = (scalars['loss'] ?? []) as readonly number[];
  return {
    tick: step,
    w: floats('w'),
    seen: Array.from({ length: count('seen') }, (_, k) => floats(`seen-${k}`)),
    queue: Array.from({ length: count('queue') }, (_, k): Batch => {
      const y = integers(`queue-${k}-y`);
      return {
        rows: { x: floats(`queue-${k}-x`), y, count: y.length, features: count('features') },
        users: integers(`queue-${k}-users`),
        poison: Uint8Array.from(integers(`queue-${k}-poison`)),
      };
    }),
    loss: last === undefined || best === undefined ? null : { last, best },
  };
}
