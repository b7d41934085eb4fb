import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ComputeContext } from './compute';

const turnMilliseconds = 10;

/** Shares a thread among its calls: a call that pauses lets others run when the turn has lasted 10 ms. */
export interface Pacer {
  /** The context of one call; `signal` aborts when it is cancelled. */
  context<E>(emit: (event: E) => void, signal: AbortSignal): ComputeContext<E>;
  /** From now on every context says that it is ending. */
  end(): void;
}

export function createPacer(): Pacer {
  let turnBegan = performance.now();
  let ending = false;
  return {
    end: () => void (ending = true),
    context(emit, signal) {
      return {
        emit,
        ending: () => ending,
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
