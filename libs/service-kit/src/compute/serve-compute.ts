import { TheriacError } from '@theriac/tensors';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { parentPort, type MessagePort } from 'node:worker_threads';
import { collectInTime } from '../collect-in-time';
import type { ComputeContext, ComputeHandlers } from './compute';
import { errorOf, plainError, type FromWorker, type Held, type ToWorker } from './messages';
import { movable } from './moving';
import { createPacer } from './pacer';

type AnyHandler = (input: unknown, context: ComputeContext<unknown>) => unknown;

const tellMilliseconds = 1000;

/**
 * Inside the worker: answers the calls of `workerCompute` with these handlers, several at a time by their pauses, and tells what the
 * engine holds, where it changed.
 */
export function serveCompute<M>(handlers: ComputeHandlers<M>, heldNow?: () => Held): void {
  if (!parentPort) throw new Error('serveCompute runs in a worker thread only');
  collectInTime();
  const port = parentPort;
  const pacer = createPacer();
  const running = new Map<number, AbortController>();
  const methods = handlers as unknown as Readonly<Record<string, AnyHandler>>;
  if (heldNow !== undefined) tellOf(heldNow, port);

  port.on('message', (message: ToWorker) => {
    if (message.kind === 'end') pacer.end();
    else if (message.kind === 'cancel') running.get(message.id)?.abort(errorOf(message.reason));
    else void run(message.id, message.method, message.input);
  });

  async function run(id: number, method: string, input: unknown): Promise<void> {
    const controller = new AbortController();
    running.set(id, controller);
    try {
      const handler = methods[method];
      if (!handler) throw new TheriacError(`the compute has no method ${method}`, { code: 'INTERNAL' });
      const context = pacer.context<unknown>((event) => post(port, { kind: 'event', id, event }), controller.signal);
      // What was cancelled while the thread was busy is not begun: its cancellation waits behind it, and is read between two turns.
      await nextTurn();
      await nextTurn();
      controller.signal.throwIfAborted();
      const output = await handler(input, context);
      post(port, { kind: 'output', id, output });
    } catch (error) {
      post(port, { kind: 'failed', id, error: plainError(error) });
    } finally {
      running.delete(id);
    }
  }
}

function tellOf(heldNow: () => Held, port: MessagePort): void {
  let told = '';
  const tell = (): void => {
    const held = heldNow();
    if (told === (told = `${held.tensors} ${held.bytes}`)) return;
    post(port, { kind: 'held', held });
  };
  setInterval(tell, tellMilliseconds).unref();
}

function post(port: MessagePort, message: FromWorker): void {
  const { value, buffers } = movable(message);
  port.postMessage(value, [...buffers]);
}
