import {
  type sendUnaryData,
  type ServerReadableStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type StatusObject,
  type UntypedHandleCall,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { TheriacError } from '@theriac/tensors';
import { once, setMaxListeners, type EventEmitter } from 'node:events';
import type { BlobStore } from '../blobs/blob-store';
import type { CallContext, ClientStream, ImplementedService, ServerStream, Unary } from './call';
import type { CallsUnderWay } from './calls-under-way';
import { connectionOf } from './connections';
import type { Logger } from '../logging';
import { callerOf } from '../security/caller';
import { statusOf } from '../status';
import { servedCallSpan } from '../telemetry/call-spans';
import { countUnderWay, recordServedCall } from '../telemetry/instruments';

/** What calls share. */
export interface CallHost {
  readonly blobs: BlobStore;
  readonly log: Logger;
  readonly calls: CallsUnderWay;
}

/** The handlers of a service as @grpc/grpc-js wants them. */
export function mount({ definition, handlers }: ImplementedService, host: CallHost): UntypedServiceImplementation {
  const mounted = Object.entries(definition).map(([name, method]): [string, UntypedHandleCall] => {
    const handler = handlers[name];
    if (!handler) throw new TypeError(`${method.path} has no handler`);
    if (method.requestStream) return [name, clientStream(method.path, handler as ClientStream<unknown, unknown>, host)];
    if (method.responseStream)
      return [name, serverStream(method.path, handler as ServerStream<unknown, unknown>, host)];
    return [name, unary(method.path, handler as Unary<unknown, unknown>, host)];
  });
  return Object.fromEntries(mounted);
}

function unary(path: string, handler: Unary<unknown, unknown>, host: CallHost) {
  return (call: ServerUnaryCall<unknown, unknown>, callback: sendUnaryData<unknown>): void => {
    void answer(call, path, host, (context) => handler(call.request, context)).then(reply(callback));
  };
}

function serverStream(path: string, handler: ServerStream<unknown, unknown>, host: CallHost) {
  return (call: ServerWritableStream<unknown, unknown>): void => {
    void answer(call, path, host, (context) => send(handler(call.request, context), call, context.signal)).then(
      (answered) => ('status' in answered ? call.emit('error', answered.status) : call.end()),
    );
  };
}

function clientStream(path: string, handler: ClientStream<unknown, unknown>, host: CallHost) {
  return (call: ServerReadableStream<unknown, unknown>, callback: sendUnaryData<unknown>): void => {
    void answer(call, path, host, (context) => {
      // A cancelled upload neither ends nor fails by itself.
      context.signal.addEventListener('abort', () => call.destroy(), { once: true });
      return handler(call, context);
    }).then(reply(callback));
  };
}

type AnyCall =
  ServerUnaryCall<unknown, unknown> | ServerReadableStream<unknown, unknown> | ServerWritableStream<unknown, unknown>;

type Answered = { readonly response: unknown } | { readonly status: StatusObject };

function reply(callback: sendUnaryData<unknown>) {
  return (answered: Answered) => ('status' in answered ? callback(answered.status) : callback(null, answered.response));
}

/** Runs a handler; gives its response or the status of its failure, and never rejects. */
async function answer(
  call: AnyCall,
  path: string,
  host: CallHost,
  run: (context: CallContext) => Promise<unknown>,
): Promise<Answered> {
  const started = performance.now();
  countUnderWay('callsUnderWay', 1);
  const span = servedCallSpan(path, call.metadata);
  const controller = new AbortController();
  const peer = call.getPeer();
  const log = host.log.child({ method: path, peer });
  let ended: (() => void) | undefined;
  let deadline: NodeJS.Timeout | undefined;
  let code = 0;
  try {
    ended = host.calls.begin(controller, path);
    setMaxListeners(0, controller.signal); // a handler may ask for many things at a time
    (call as EventEmitter).on('cancelled', () => controller.abort(cancelled()));
    if (call.cancelled) controller.abort(cancelled());
    deadline = atDeadline(call.getDeadline(), () => controller.abort(tooLate()));
    const caller = callerOf(call);
    const client = caller.identity ?? connectionOf(call.metadata);
    const context = { method: path, signal: controller.signal, blobs: host.blobs, log, peer, caller, client };
    return { response: await span.within(() => run(context)) };
  } catch (error) {
    const cause: unknown = controller.signal.aborted ? controller.signal.reason : error;
    const status = statusOf(cause);
    code = status.code;
    span.within(() => logFailure(log, cause));
    return { status };
  } finally {
    clearTimeout(deadline);
    ended?.();
    span.end(code);
    countUnderWay('callsUnderWay', -1);
    const seconds = (performance.now() - started) / 1000;
    recordServedCall(path, code, seconds);
    log.debug({ seconds, status: code }, 'answered');
  }
}

function logFailure(log: Logger, cause: unknown): void {
  if (cause instanceof TheriacError) log.info({ code: cause.detail.code, field: cause.detail.field }, cause.message);
  else log.error({ err: cause }, 'a handler failed');
}

async function send(items: AsyncIterable<unknown>, call: ServerWritableStream<unknown, unknown>, signal: AbortSignal) {
  for await (const item of items) {
    signal.throwIfAborted();
    if (!call.write(item)) await once(call, 'drain', { signal });
  }
  signal.throwIfAborted();
}

function atDeadline(deadline: Date | number, act: () => void): NodeJS.Timeout | undefined {
  const left = Number(deadline) - Date.now();
  return left < longestTimer ? setTimeout(act, Math.max(0, left)) : undefined;
}

const longestTimer = 2 ** 31;

function cancelled(): TheriacError {
  return new TheriacError('the caller cancelled the call or went away', { code: 'CANCELLED' });
}

function tooLate(): TheriacError {
  return new TheriacError('the deadline of the call passed', {
    code: 'CANCELLED',
    remedy: 'Repeat it with a longer one.',
  });
}
