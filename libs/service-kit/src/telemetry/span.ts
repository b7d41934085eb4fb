import { SpanStatusCode, trace, type Span } from '@opentelemetry/api';
import type { DeclaredAttributes } from './instruments';
import type { SpanName } from './names';

const tracer = () => trace.getTracer('theriac');

/** Runs `work` within a span; what it throws marks the span as failed. Without telemetry it only runs `work`. */
export function withSpan<T>(
  name: SpanName,
  attributes: DeclaredAttributes,
  work: (span: Span) => Promise<T> | T,
): Promise<T> {
  return tracer().startActiveSpan(name, { attributes: attributes }, async (span) => {
    try {
      return await work(span);
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.message : String(error) });
      throw error;
    } finally {
      span.end();
    }
  });
}

/**
 * A span of work that is over, under the active span: from `started` to `ended`, milliseconds since the epoch (default now).
 * A stream is one span, seen at its end; spans of its steps let a trace be read while it runs.
 */
export function recordSpan(
  name: SpanName,
  started: number,
  attributes: DeclaredAttributes = {},
  ended = Date.now(),
): void {
  tracer().startSpan(name, { startTime: started, attributes: attributes }).end(ended);
}
