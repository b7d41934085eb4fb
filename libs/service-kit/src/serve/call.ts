import type { ServiceDefinition } from '@grpc/grpc-js';
import type { BlobStore } from '../blobs/blob-store';
import type { Logger } from '../logging';
import type { Caller } from '../security/caller';

/** What a handler knows about the call it answers. */
export interface CallContext {
  /** "/theriac.v1.TrainerService/Train". */
  readonly method: string;
  /** Aborts when the caller cancels, its deadline passes, or the service shuts down; the reason is a TheriacError. */
  readonly signal: AbortSignal;
  /** The blobs of this service. */
  readonly blobs: BlobStore;
  /** A logger that names the method and the peer. */
  readonly log: Logger;
  /** Address of the caller. */
  readonly peer: string;
  /** Who calls. */
  readonly caller: Caller;
  /** Whom limits per client count: the caller's identity, in plaintext its connection. */
  readonly client: string;
}

/** One request, one response. */
export type Unary<Q, R> = (request: Q, context: CallContext) => Promise<R>;
/** One request, a stream of responses; the caller's pace is the generator's pace. */
export type ServerStream<Q, R> = (request: Q, context: CallContext) => AsyncIterable<R>;
/** A stream of requests, one response. */
export type ClientStream<Q, R> = (requests: AsyncIterable<Q>, context: CallContext) => Promise<R>;

interface MethodOf<Streams extends boolean, Answers extends boolean> {
  readonly requestStream: Streams;
  readonly responseStream: Answers;
}
type RequestOf<M> = M extends { requestDeserialize: (bytes: Buffer) => infer Q } ? Q : never;
type ResponseOf<M> = M extends { responseSerialize: (value: infer R) => Buffer } ? R : never;

/** The kind of handler that a method of a generated service definition wants. */
export type HandlerOf<M> =
  M extends MethodOf<false, false>
    ? Unary<RequestOf<M>, ResponseOf<M>>
    : M extends MethodOf<false, true>
      ? ServerStream<RequestOf<M>, ResponseOf<M>>
      : M extends MethodOf<true, false>
        ? ClientStream<RequestOf<M>, ResponseOf<M>>
        : never;

/** An object whose keys are the methods of a service: one that is missing does not compile. */
export type Implementation<D> = { readonly [K in keyof D]: HandlerOf<D[K]> };

/** A service ready to be mounted. */
export interface ImplementedService {
  readonly definition: ServiceDefinition;
  readonly handlers: Readonly<Record<string, HandlerOfAny>>;
}
export type HandlerOfAny = Unary<unknown, unknown> | ServerStream<unknown, unknown> | ClientStream<unknown, unknown>;

/**
 * Joins a generated definition (`TrainerServiceService`) and its handlers: plain async functions and async generators.
 * Errors thrown by them become status codes; cancellation, logging, tracing and measuring are added when mounted.
 */
export function implement<D extends ServiceDefinition>(definition: D, handlers: Implementation<D>): ImplementedService {
  return { definition, handlers: handlers as unknown as ImplementedService['handlers'] };
}
