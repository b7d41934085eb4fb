/**
 * Tensor work runs in a worker thread, so that health, cancellation and deadlines are always answered. A service calls
 * methods of its compute; the worker answers them with handlers. The same handlers run inline, in tests and benches.
 */

import { linkedAbort } from './linked-abort';

/** What a compute offers: for each method what it takes, what it tells on the way and what it gives. Plain, cloneable data. */
export interface ComputeMethod {
  input: unknown;
  event: unknown;
  output: unknown;
}

/** What a handler can do while it works. */
export interface ComputeContext<E> {
  /** Tells the caller how it goes. */
  emit(event: E): void;
  /**
   * Call between steps. Lets other calls run, at most every 10 ms; throws the TheriacError with which the call was cancelled.
   */
  pause(): Promise<void>;
  /** Whether a slice should end at its next step, because the service does. */
  readonly ending?: () => boolean;
}

/** Handlers by method name; one that is missing does not compile. */
export type ComputeHandlers<M> = {
  [K in keyof M]: M[K] extends ComputeMethod
    ? (input: M[K]['input'], context: ComputeContext<M[K]['event']>) => Promise<M[K]['output']> | M[K]['output']
    : never;
};

type InputOf<M, K extends keyof M> = M[K] extends ComputeMethod ? M[K]['input'] : never;
type EventOf<M, K extends keyof M> = M[K] extends ComputeMethod ? M[K]['event'] : never;
type OutputOf<M, K extends keyof M> = M[K] extends ComputeMethod ? M[K]['output'] : never;

/** Where methods are called. */
export interface Compute<M> {
  /**
   * Runs a method. Rejects with the handler's TheriacError; at once with the signal's reason when it aborts (the handler stops
   * at its next pause); with UNAVAILABLE when the worker dies.
   */
  call<K extends keyof M & string>(
    method: K,
    input: InputOf<M, K>,
    options?: { signal?: AbortSignal; onEvent?: (event: EventOf<M, K>) => void },
  ): Promise<OutputOf<M, K>>;
  /** From now on `ending` is true for every call. */
  endSlices(): void;
  /** Stops: calls under way fail with UNAVAILABLE. */
  close(): Promise<void>;
}

/** What a call gave: any number of events, then the output. */
export type ComputeItem<E, O> =
  { readonly kind: 'event'; readonly event: E } | { readonly kind: 'output'; readonly output: O };

/** The events of a call as they come, then its output: what a streaming handler passes on. Leaving the loop cancels the call. */
export async function* computeItems<M, K extends keyof M & string>(
  compute: Compute<M>,
  method: K,
  input: InputOf<M, K>,
  signal?: AbortSignal,
): AsyncGenerator<ComputeItem<EventOf<M, K>, OutputOf<M, K>>, void, undefined> {
  const until = linkedAbort(signal);
  const queue: EventOf<M, K>[] = [];
  let wake = () => {};
  let settled = false;
  const result = compute
    .call(method, input, {
      signal: until.signal,
      onEvent(event) {
        queue.push(event);
        wake();
      },
    })
    .finally(() => {
      settled = true;
      wake();
    });
  result.catch(() => undefined); // reported by the await below
  try {
    for (;;) {
      for (let event = queue.shift(); event !== undefined; event = queue.shift()) yield { kind: 'event', event };
      if (settled) break;
      await new Promise<void>((resolve) => (wake = resolve));
    }
    yield { kind: 'output', output: await result };
  } finally {
    until.release();
    until.abort(); // of a call that is over: nothing
  }
}
