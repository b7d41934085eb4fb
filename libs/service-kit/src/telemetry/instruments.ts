import {
  metrics,
  type Counter,
  type Gauge,
  type Histogram,
  type Meter,
  type Observable,
  type UpDownCounter,
} from '@opentelemetry/api';
import { attributeNames, metricNames, type AttributeName, type MetricKey } from './names';

/** Attributes by declared name. */
export type DeclaredAttributes = { readonly [K in AttributeName]?: string | number | boolean };
export type KeysOfKind<Kind extends string> = {
  [K in MetricKey]: (typeof metricNames)[K]['kind'] extends Kind ? K : never;
}[MetricKey];

/** Instruments are made on first use, after telemetry was started; without telemetry they do nothing. */
const made = new Map<MetricKey, Histogram | Counter | Gauge | UpDownCounter>();
const secondsBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

function instrument<I extends Histogram | Counter | Gauge | UpDownCounter>(key: MetricKey, make: () => I): I {
  const known = made.get(key);
  if (known) return known as I;
  const fresh = make();
  made.set(key, fresh);
  return fresh;
}

export const meter = (): Meter => metrics.getMeter('theriac');

/** Notes a value in a histogram. */
export function recordValue(key: KeysOfKind<'histogram'>, value: number, attributes: DeclaredAttributes = {}): void {
  const { name, unit, description } = metricNames[key];
  const advice = { explicitBucketBoundaries: secondsBoundaries };
  instrument(key, () => meter().createHistogram(name, { unit, description, advice })).record(value, attributes);
}

/** Adds to a counter. */
export function count(key: KeysOfKind<'counter'>, amount: number, attributes: DeclaredAttributes = {}): void {
  const { name, unit, description } = metricNames[key];
  instrument(key, () => meter().createCounter(name, { unit, description })).add(amount, attributes);
}

/** Sets a gauge. */
export function setGauge(key: KeysOfKind<'gauge'>, value: number, attributes: DeclaredAttributes = {}): void {
  const { name, unit, description } = metricNames[key];
  instrument(key, () => meter().createGauge(name, { unit, description })).record(value, attributes);
}

/** Notes that something began (+1) or ended (-1). */
export function countUnderWay(
  key: KeysOfKind<'up-down-counter'>,
  change: 1 | -1,
  attributes: DeclaredAttributes = {},
): void {
  const { name, unit, description } = metricNames[key];
  instrument(key, () => meter().createUpDownCounter(name, { unit, description })).add(change, attributes);
}

/** An instrument that is read at every export, by a callback of the meter. */
export function observed(key: KeysOfKind<'observed-gauge' | 'observed-counter'>): Observable {
  const { name, kind, unit, description } = metricNames[key];
  return kind === 'observed-gauge'
    ? meter().createObservableGauge(name, { unit, description })
    : meter().createObservableCounter(name, { unit, description });
}

/** Instruments are made anew for the next telemetry of this process. */
export function forgetInstruments(): void {
  made.clear();
}

/** Notes calls refused with this gRPC status code before they were read: one, or none, so that the count is there before the first. */
export function countRefusal(code: number, calls = 1): void {
  count('refusedCalls', calls, { [attributeNames.rpcStatusCode]: code });
}

/** Notes a call answered: path "/package.Service/Method", gRPC status code, duration. */
export function recordServedCall(path: string, code: number, seconds: number): void {
  recordValue('servedCallDuration', seconds, callAttributes(path, code));
}

/** Notes a call made. */
export function recordMadeCall(path: string, code: number, seconds: number): void {
  recordValue('madeCallDuration', seconds, callAttributes(path, code));
}

export type CallAttributes = Record<string, string | number>;

/** What a call is, for its span and its metrics. */
export function callAttributes(path: string, code?: number): CallAttributes {
  const [, service = '', method = ''] = path.split('/');
  return {
    [attributeNames.rpcSystem]: 'grpc',
    [attributeNames.rpcService]: service,
    [attributeNames.rpcMethod]: method,
    ...(code === undefined ? {} : { [attributeNames.rpcStatusCode]: code }),
  };
}
