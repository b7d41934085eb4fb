import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ComputeContext } from './compute';

const turnMilliseconds = 10;

/** Shares a thread among its calls: a call that pauses lets others run when the turn has lasted 10 ms. */
export interface Pacer {
  /** The context of one call; `signal` aborts when it is cancelled. */
  context<E>(emit: (event: E) => void, signal: AbortSignal): ComputeContext<E>;
}

export function createPacer(): Pacer {
  let turnBegan = performance.now();
  return {
    context(emit, signal) {
      return {
        emit,
        async pause() {
          if (performance.now() - turnBegan >= turnMilliseconds) {
            await nextTurn();
            turnBegan = performance.now();
          }
          signal.throwIfAborted();
        },
      };
    },
  };
}
