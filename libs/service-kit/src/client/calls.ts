import {
  Metadata,
  status as Status,
  type CallOptions,
  type Client,
  type ClientReadableStream,
  type ClientUnaryCall,
  type ServiceDefinition,
  type ServiceError,
} from '@grpc/grpc-js';
import { TheriacError } from '@theriac/tensors';
import { errorOfCall, isServiceError } from '../status';
import { madeCallSpan } from '../telemetry/call-spans';
import { recordMadeCall } from '../telemetry/instruments';
import { addressOf } from './connect';

export interface CallSettings {
  /** Cancels the call; the error is the signal's reason where that is a TheriacError, else CANCELLED. */
  readonly signal?: AbortSignal | undefined;
  /** Seconds after which the call fails as UNAVAILABLE; default an hour: no call lasts for ever. */
  readonly deadlineSeconds?: number;
}

type UnaryCall<Q, R> = (
  request: Q,
  metadata: Metadata,
  options: Partial<CallOptions>,
  callback: (error: ServiceError | null, response: R) => void,
) => ClientUnaryCall;
type StreamCall<Q, R> = (request: Q, metadata?: Metadata, options?: Partial<CallOptions>) => ClientReadableStream<R>;

type OwnMethods<C> = Exclude<keyof C & string, keyof Client>;
/** Names of a client's methods with one request and one response. */
export type UnaryMethod<C> = {
  [K in OwnMethods<C>]: C[K] extends UnaryCall<infer _Q, infer _R> ? K : never;
}[OwnMethods<C>];
/** Names of a client's methods with one request and a stream of responses. */
export type StreamMethod<C> = {
  [K in OwnMethods<C>]: C[K] extends StreamCall<infer _Q, infer _R> ? K : never;
}[OwnMethods<C>];
type RequestOf<F> = F extends UnaryCall<infer Q, infer _R> ? Q : F extends StreamCall<infer Q, infer _R> ? Q : never;
type UnaryResponse<F> = F extends UnaryCall<infer _Q, infer R> ? R : never;
type StreamResponse<F> = F extends StreamCall<infer _Q, infer R> ? R : never;

/** Calls a method: `await callUnary(trainer, 'openSession', request, { signal })`. Every failure is a TheriacError. */
export async function callUnary<C extends Client, K extends UnaryMethod<C>>(
  client: C,
  method: K,
  request: RequestOf<C[K]>,
  settings: CallSettings = {},
): Promise<UnaryResponse<C[K]>> {
  const made = beginCall(client, method, settings);
  const { metadata, options } = made;
  const run = client[method] as UnaryCall<unknown, unknown>;
  let cancel = () => {};
  try {
    const response = await new Promise((resolve, reject) => {
      const call = run.call(client, request, metadata, options, (error, answer) => {
        if (error) reject(error);
        else resolve(answer);
      });
      cancel = () => call.cancel();
      settings.signal?.addEventListener('abort', cancel, { once: true });
    });
    made.ended();
    return response as UnaryResponse<C[K]>;
  } catch (error) {
    throw made.failed(error);
  } finally {
    settings.signal?.removeEventListener('abort', cancel);
  }
}

/** Calls a method that answers with a stream; leaving the loop cancels the call. Every failure is a TheriacError. */
export async function* callStream<C extends Client, K extends StreamMethod<C>>(
  client: C,
  method: K,
  request: RequestOf<C[K]>,
  settings: CallSettings = {},
): AsyncGenerator<StreamResponse<C[K]>, void, undefined> {
  const made = beginCall(client, method, settings);
  const run = client[method] as StreamCall<unknown, unknown>;
  const call = run.call(client, request, made.metadata, made.options);
  const cancel = () => call.cancel();
  settings.signal?.addEventListener('abort', cancel, { once: true });
  call.on('error', () => undefined); // a failure after the loop was left is of no interest
  try {
    for await (const response of call) yield response as StreamResponse<C[K]>;
    made.ended();
  } catch (error) {
    throw made.failed(error);
  } finally {
    settings.signal?.removeEventListener('abort', cancel);
    call.cancel();
    made.ended(Status.CANCELLED); // counts when the loop was left early
  }
}

/** A call under way: its options, and what notes how it ended. */
export interface MadeCall {
  /** Names the trace of this call to the service. */
  readonly metadata: Metadata;
  readonly options: Partial<CallOptions>;
  ended(code?: Status): void;
  /** The error to throw for a failure. */
  failed(error: unknown): TheriacError;
}

const longestSeconds = 3600;

export function beginCall(
  client: Client,
  method: string,
  { signal, deadlineSeconds = longestSeconds }: CallSettings,
): MadeCall {
  if (signal?.aborted) throw abortedBy(signal);
  const started = performance.now();
  const path = pathOf(client, method);
  const metadata = new Metadata();
  const span = madeCallSpan(path, metadata);
  let over = false;
  const note = (code: number) => {
    if (over) return;
    over = true;
    span.end(code);
    recordMadeCall(path, code, (performance.now() - started) / 1000);
  };
  return {
    metadata,
    options: { deadline: Date.now() + deadlineSeconds * 1000 },
    ended: (code = Status.OK) => note(code),
    failed(error) {
      note(isServiceError(error) ? error.code : Status.UNKNOWN);
      return signal?.aborted ? abortedBy(signal) : errorOfCall(error, addressOf(client), path);
    },
  };
}

function abortedBy({ reason }: AbortSignal): TheriacError {
  return reason instanceof TheriacError ? reason : new TheriacError('the call was cancelled', { code: 'CANCELLED' });
}

function pathOf(client: Client, method: string): string {
  const { service } = client.constructor as { service?: ServiceDefinition };
  return service?.[method]?.path ?? method;
}
