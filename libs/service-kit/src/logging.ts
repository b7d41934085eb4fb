import { trace } from '@opentelemetry/api';
import pino from 'pino';

/** Structured logging: `log.info({ step }, 'sentence')`. */
export type Logger = pino.Logger;

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

/** JSON lines on stderr, each with the ids of the active span where there is one. */
export function createLogger(name: string, level: LogLevel = 'info'): Logger {
  return pino(
    {
      name,
      level,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      mixin: activeSpan,
    },
    pino.destination({ fd: 2, sync: true }),
  );
}

/** A logger that says nothing. */
export function silentLogger(): Logger {
  return pino({ level: 'silent' });
}

function activeSpan(): object {
  const span = trace.getActiveSpan()?.spanContext();
  return span ? { trace_id: span.traceId, span_id: span.spanId } : {};
}
