import { TheriacError } from '@theriac/tensors';
import { setMaxListeners } from 'node:events';
import type { Compute, ComputeContext, ComputeHandlers } from './compute';
import { linkedAbort } from './linked-abort';
import { createPacer } from './pacer';

type AnyHandler = (input: unknown, context: ComputeContext<unknown>) => unknown;

/** A compute whose handlers run in the calling thread: everything in one process. */
export function inlineCompute<M>(handlers: ComputeHandlers<M>): Compute<M> {
  const pacer = createPacer();
  const closing = new AbortController();
  setMaxListeners(0, closing.signal); // one for each call under way
  const methods = handlers as unknown as Readonly<Record<string, AnyHandler>>;
  const compute: Compute<Record<string, { input: unknown; event: unknown; output: unknown }>> = {
    async call(method, input, { signal, onEvent } = {}) {
      const handler = methods[method];
      if (!handler) throw new TheriacError(`the compute has no method ${method}`, { code: 'INTERNAL' });
      const until = linkedAbort(signal, closing.signal);
      until.signal.throwIfAborted();
      try {
        const running = Promise.resolve(
          handler(
            input,
            pacer.context((event) => onEvent?.(event), until.signal),
          ),
        );
        running.catch(() => undefined); // an abort answers first
        return await orAborted(running, until.signal);
      } finally {
        until.release();
      }
    },
    endSlices: () => pacer.end(),
    async close() {
      closing.abort(computeClosed());
    },
  };
  return compute as unknown as Compute<M>;
}

/** Settles as `running` does, or rejects at once with the reason of the signal. */
function orAborted<T>(running: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason as Error);
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
    running.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

/** UNAVAILABLE: the compute is closed. */
export function computeClosed(): TheriacError {
  return new TheriacError('the service is shutting down and its compute has stopped', {
    code: 'UNAVAILABLE',
    remedy: 'Repeat the call when the service is back; a slice goes on from its last checkpoint.',
  });
}
