/** Services that are wrong in one way: the answers, requests or errors of a method changed, or the blobs behind it. */
import type { BlobStore, CallContext, ImplementedService, ServiceRuntime } from '@theriac/service-kit';
import { TheriacError } from '@theriac/tensors';

export type Alteration = (service: ImplementedService, runtime: ServiceRuntime) => ImplementedService;

type Handler = (request: unknown, context: CallContext) => unknown;

/** With one method handled by `wrap` around its handler. */
export function wrapped(method: string, wrap: (handler: Handler) => Handler): Alteration {
  return (service) => {
    const handler = service.handlers[method] as unknown as Handler | undefined;
    if (handler === undefined) throw new TypeError(`there is no method ${method}`);
    const handlers = { ...service.handlers, [method]: wrap(handler) as (typeof service.handlers)[string] };
    return { ...service, handlers };
  };
}

/** Each answer of a method changed; of a stream each event. */
export function answers<R, Q = unknown>(method: string, change: (answer: R, request: Q) => R | Promise<R>): Alteration {
  return wrapped(method, (handler) => (request, context) => {
    const answer = handler(request, context);
    if (isStream(answer)) return mapped(answer, (each) => change(each as R, request as Q));
    return (answer as Promise<R>).then((found) => change(found, request as Q));
  });
}

/** Each request of a method changed before it is handled. */
export function requests<Q>(method: string, change: (request: Q) => Q): Alteration {
  return wrapped(method, (handler) => (request, context) => handler(change(request as Q), context));
}

/** Each error of a method changed. */
export function errors(method: string, change: (error: TheriacError) => Error): Alteration {
  const changed = (error: unknown): unknown => (error instanceof TheriacError ? change(error) : error);
  return wrapped(method, (handler) => (request, context) => {
    const answer = handler(request, context);
    if (isStream(answer)) return guarded(answer, changed);
    return (answer as Promise<unknown>).catch((error: unknown) => Promise.reject(changed(error) as Error));
  });
}

/** Blobs that are kept otherwise. */
export function blobs(change: (own: BlobStore) => Partial<BlobStore>): Alteration {
  return (service, runtime) => {
    Object.assign(runtime.blobs, change({ ...runtime.blobs }));
    return service;
  };
}

/** Answers that are wrong in several ways. */
export function both(...all: readonly Alteration[]): Alteration {
  return (service, runtime) => all.reduce((altered, next) => next(altered, runtime), service);
}

function isStream(answer: unknown): answer is AsyncIterable<unknown> {
  return typeof answer === 'object' && answer !== null && Symbol.asyncIterator in answer;
}

async function* mapped(items: AsyncIterable<unknown>, change: (item: unknown) => unknown): AsyncGenerator<unknown> {
  for await (const item of items) yield await change(item);
}

async function* guarded(items: AsyncIterable<unknown>, changed: (error: unknown) => unknown): AsyncGenerator<unknown> {
  try {
    yield* items;
  } catch (error) {
    throw changed(error);
  }
}
