import { context, metrics, propagation, trace } from '@opentelemetry/api';
import { createRequire } from 'node:module';
import { hostname } from 'node:os';
import { version } from '../version';
import { forgetInstruments } from './instruments';
import { resourceAttributeNames } from './names';
import { observeProcess } from './process';

/** Telemetry of this process. */
export interface Telemetry {
  /** Whether anything is exported. */
  readonly active: boolean;
  /** Sends what is left, for at most 2 s, and stops; never rejects. */
  stop(): Promise<void>;
}

const longestFlushMilliseconds = 2000;
/** As often as Prometheus usually asks. */
const exportMilliseconds = 15_000;
const endpoints = [
  'OTEL_EXPORTER_OTLP_ENDPOINT',
  'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
  'OTEL_EXPORTER_OTLP_METRICS_ENDPOINT',
] as const;

let running: Telemetry | undefined;

/**
 * Exports traces and metrics by OTLP, as the standard OTEL_* variables say, under the service name given ("theriac-trainer"). Does
 * nothing, and loads nothing, unless one of the endpoint variables is set. A receiver that is gone is not an error. One at a time in
 * a process: another call gives what is running.
 */
export function startTelemetry(serviceName: string): Telemetry {
  const wanted = endpoints.some((name) => (process.env[name] ?? '') !== '') && process.env.OTEL_SDK_DISABLED !== 'true';
  if (!wanted) return { active: false, stop: () => Promise.resolve() };
  return (running ??= start(serviceName));
}

function start(serviceName: string): Telemetry {
  // A receiver that is gone must not keep a program that is done from ending.
  process.env.OTEL_EXPORTER_OTLP_TIMEOUT ??= String(longestFlushMilliseconds);
  process.env.OTEL_METRIC_EXPORT_INTERVAL ??= String(exportMilliseconds);
  // Loaded here and at once: it is large, and spans begun before it is there would be lost.
  const load = createRequire(__filename);
  const { NodeSDK, resources } = load('@opentelemetry/sdk-node') as typeof import('@opentelemetry/sdk-node');
  const sdk = new NodeSDK({
    serviceName,
    resource: resources.resourceFromAttributes({
      [resourceAttributeNames.version]: version,
      [resourceAttributeNames.namespace]: 'theriac',
      [resourceAttributeNames.instance]: `${hostname()}-${process.pid}`,
    }),
    resourceDetectors: [resources.envDetector],
    instrumentations: [],
    logRecordProcessors: [],
  });
  forgetInstruments(); // those made before do nothing
  sdk.start();
  const endObservation = observeProcess();
  return {
    active: true,
    async stop() {
      await Promise.race([sdk.shutdown().catch(() => undefined), elapsed(longestFlushMilliseconds)]);
      endObservation();
      // Telemetry that is started later in this process takes their places.
      for (const api of [context, metrics, propagation, trace]) api.disable();
      forgetInstruments();
      running = undefined;
    },
  };
}

function elapsed(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds).unref());
}
