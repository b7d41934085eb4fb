import type { Metadata } from '@grpc/grpc-js';
import {
  context,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Context,
  type Span,
} from '@opentelemetry/api';
import { callAttributes } from './instruments';
import { attributeNames } from './names';

/** A span of one call, on the side that makes it or on the side that answers it. */
export interface CallSpan {
  /** Runs within the span. */
  within<T>(work: () => T): T;
  /** Ends it with a gRPC status code. */
  end(code: number): void;
}

const tracer = () => trace.getTracer('theriac');
const fields = {
  set: (metadata: Metadata, key: string, value: string) => metadata.set(key, value),
  get: (metadata: Metadata, key: string) => metadata.get(key).map(String),
  keys: (metadata: Metadata) => Object.keys(metadata.getMap()),
};

/** The span of a call that is made; what joins both sides is written into `metadata`. */
export function madeCallSpan(path: string, metadata: Metadata): CallSpan {
  const parent = context.active();
  const span = tracer().startSpan(nameOf(path), { kind: SpanKind.CLIENT, attributes: callAttributes(path) }, parent);
  const inner = trace.setSpan(parent, span);
  propagation.inject(inner, metadata, fields);
  return callSpan(span, inner);
}

/** The span of a call that is answered, a child of the caller's where the metadata names one. */
export function servedCallSpan(path: string, metadata: Metadata): CallSpan {
  const parent = propagation.extract(ROOT_CONTEXT, metadata, fields);
  const span = tracer().startSpan(nameOf(path), { kind: SpanKind.SERVER, attributes: callAttributes(path) }, parent);
  return callSpan(span, trace.setSpan(parent, span));
}

function callSpan(span: Span, inner: Context): CallSpan {
  return {
    within: (work) => context.with(inner, work),
    end(code) {
      span.setAttribute(attributeNames.rpcStatusCode, code);
      if (code !== 0) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end();
    },
  };
}

/** "theriac.v1.TrainerService/Train": declared by the contract. */
const nameOf = (path: string) => path.slice(1);
