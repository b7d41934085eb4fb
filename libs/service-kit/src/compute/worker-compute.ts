import { TheriacError } from '@theriac/tensors';
import { Worker } from 'node:worker_threads';
import type { Compute } from './compute';
import { computeClosed } from './inline-compute';
import { errorOf, plainError, type FromWorker, type ToWorker } from './messages';
import { movableInTurns } from './moving';
import { count, setGauge } from '../telemetry/instruments';

interface Pending {
  readonly resolve: (output: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly onEvent: ((event: unknown) => void) | undefined;
}

interface Engine {
  readonly worker: Worker;
  readonly pending: Map<number, Pending>;
}

/** A young generation of 6 MiB: messages die at once there, and resident memory stays flat over any number of calls. */
const youngGenerationMib = 6;

export interface WorkerOptions {
  /** Most heap of the worker, MiB; default what the machine suggests. Beyond it the worker dies, and the process lives. */
  readonly heapMib?: number;
  /** Data the worker finds in `workerData`. */
  readonly workerData?: unknown;
  /** Told when the worker has died; what lived in it (sessions, compiled graphs) is gone, and the next call starts another. */
  readonly onCrash?: (error: TheriacError) => void;
}

/**
 * A compute whose handlers run in a worker thread: `file` is a JavaScript file that calls `serveCompute`. Started at once, so that
 * its engine warms up. A crash fails the calls under way with UNAVAILABLE; the next call finds a new worker.
 */
export function workerCompute<M>(file: string, options: WorkerOptions = {}): Compute<M> {
  let closed = false;
  let lastId = 0;
  let engine: Engine | undefined = start();
  count('workerCrashes', 0);

  function start(): Engine {
    const resourceLimits = {
      maxYoungGenerationSizeMb: youngGenerationMib,
      ...(options.heapMib === undefined ? {} : { maxOldGenerationSizeMb: options.heapMib }),
    };
    const worker = new Worker(file, { workerData: options.workerData, stdout: true, resourceLimits });
    worker.stdout.pipe(process.stderr, { end: false }); // what an engine prints is no answer of ours
    const started: Engine = { worker, pending: new Map() };
    let cause = '';
    worker.on('message', (message: FromWorker) => settle(started, message));
    worker.on('error', (error) => (cause = error instanceof Error ? error.message : String(error)));
    worker.on('messageerror', (error) => (cause = error.message));
    worker.on('exit', (code) => stopped(started, cause || `exit code ${code}`));
    return started;
  }

  function stopped(which: Engine, cause: string): void {
    if (engine === which) engine = undefined;
    const error = closed ? computeClosed() : crashed(cause);
    for (const { reject } of which.pending.values()) reject(error);
    which.pending.clear();
    if (closed) return;
    count('workerCrashes', 1);
    options.onCrash?.(error);
  }

  const compute: Compute<Record<string, { input: unknown; event: unknown; output: unknown }>> = {
    async call(method, input, { signal, onEvent } = {}) {
      const moving = await movableInTurns(input);
      signal?.throwIfAborted();
      if (closed) throw computeClosed();
      const { worker, pending } = (engine ??= start());
      const id = ++lastId;
      const cancel = () => {
        const reason: unknown = signal?.reason;
        send(worker, { kind: 'cancel', id, reason: plainError(reason) });
        pending.get(id)?.reject(reason);
      };
      try {
        return await new Promise((resolve, reject) => {
          pending.set(id, { resolve, reject, onEvent });
          signal?.addEventListener('abort', cancel, { once: true });
          send(worker, { kind: 'call', id, method, input: moving.value }, moving.buffers);
        });
      } finally {
        pending.delete(id);
        signal?.removeEventListener('abort', cancel);
      }
    },
    endSlices() {
      if (engine !== undefined) send(engine.worker, { kind: 'end' });
    },
    async close() {
      closed = true;
      await engine?.worker.terminate();
    },
  };
  return compute as unknown as Compute<M>;
}

function settle({ pending }: Engine, message: FromWorker): void {
  if (message.kind === 'held') {
    setGauge('tensors', message.held.tensors);
    setGauge('tensorBytes', message.held.bytes);
    return;
  }
  const call = pending.get(message.id);
  if (!call) return; // cancelled meanwhile
  if (message.kind === 'event') call.onEvent?.(message.event);
  else if (message.kind === 'output') call.resolve(message.output);
  else call.reject(errorOf(message.error));
}

function send(worker: Worker, message: ToWorker, transfer: readonly ArrayBuffer[] = []): void {
  worker.postMessage(message, [...transfer]);
}

function crashed(cause: string): TheriacError {
  return new TheriacError('the compute worker of the service stopped unexpectedly', {
    code: 'UNAVAILABLE',
    found: cause,
    remedy:
      'Repeat the call: a new worker is started, sessions have to be opened again, a slice goes on from its last checkpoint.',
  });
}
