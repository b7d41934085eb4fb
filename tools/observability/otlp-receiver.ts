/** An OTLP receiver in this process: what programs tell, as they told it. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

interface Value {
  readonly stringValue?: string;
  readonly intValue?: number | string;
  readonly doubleValue?: number;
  readonly boolValue?: boolean;
}
export type Attributes = Readonly<Record<string, string>>;

export interface SeenSpan {
  readonly resource: Attributes;
  readonly name: string;
  readonly attributes: Attributes;
  readonly failed: boolean;
}

/** One point of a metric; a histogram has cumulative buckets by upper bound, "+Inf" last. */
export interface SeenPoint {
  readonly resource: Attributes;
  readonly name: string;
  readonly unit: string;
  readonly kind: 'counter' | 'gauge' | 'histogram';
  readonly attributes: Attributes;
  readonly value: number;
  readonly buckets?: readonly (readonly [bound: string, count: number])[];
  readonly sum?: number;
}

export interface Receiver {
  readonly endpoint: string;
  readonly spans: readonly SeenSpan[];
  /** The newest point of every series. */
  points(): SeenPoint[];
  /** Everything received, headers aside. */
  readonly bodies: readonly string[];
  /** Values of the authorization header. */
  readonly authorizations: ReadonlySet<string>;
  close(): void;
}

/** Starts a receiver of OTLP over HTTP in JSON on a free port of this machine. */
export async function startReceiver(): Promise<Receiver> {
  const spans: SeenSpan[] = [];
  const newest = new Map<string, SeenPoint>();
  const bodies: string[] = [];
  const authorizations = new Set<string>();
  const server = createServer((request, response) => {
    authorizations.add(request.headers.authorization ?? '');
    void text(request).then((body) => {
      bodies.push(body);
      const { resourceSpans = [], resourceMetrics = [] } = JSON.parse(body) as Received;
      for (const each of resourceSpans) spans.push(...spansOf(each));
      for (const each of resourceMetrics) for (const point of pointsOf(each)) newest.set(keyOf(point), point);
      response.setHeader('content-type', 'application/json').end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    points: () => [...newest.values()],
    bodies,
    authorizations,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

interface KeyValue {
  readonly key: string;
  readonly value: Value;
}
interface ResourceSpans {
  readonly resource: { readonly attributes: readonly KeyValue[] };
  readonly scopeSpans: readonly { readonly spans: readonly Span[] }[];
}
interface Span {
  readonly name: string;
  readonly attributes: readonly KeyValue[];
  readonly status: { readonly code?: number };
}
interface DataPoint {
  readonly attributes: readonly KeyValue[];
  readonly asInt?: number | string;
  readonly asDouble?: number;
  readonly count?: number | string;
  readonly sum?: number;
  readonly bucketCounts?: readonly (number | string)[];
  readonly explicitBounds?: readonly number[];
}
interface Metric {
  readonly name: string;
  readonly unit: string;
  readonly sum?: { readonly dataPoints: readonly DataPoint[]; readonly isMonotonic?: boolean };
  readonly gauge?: { readonly dataPoints: readonly DataPoint[] };
  readonly histogram?: { readonly dataPoints: readonly DataPoint[] };
}
interface ResourceMetrics {
  readonly resource: { readonly attributes: readonly KeyValue[] };
  readonly scopeMetrics: readonly { readonly metrics: readonly Metric[] }[];
}
interface Received {
  readonly resourceSpans?: readonly ResourceSpans[];
  readonly resourceMetrics?: readonly ResourceMetrics[];
}

const attributesOf = (list: readonly KeyValue[]): Attributes =>
  Object.fromEntries(
    list.map(({ key, value }) => [
      key,
      String(value.stringValue ?? value.intValue ?? value.doubleValue ?? value.boolValue),
    ]),
  );

function spansOf({ resource, scopeSpans }: ResourceSpans): SeenSpan[] {
  const told = attributesOf(resource.attributes);
  return scopeSpans.flatMap(({ spans }) =>
    spans.map(({ name, attributes, status }) => ({
      resource: told,
      name,
      attributes: attributesOf(attributes),
      failed: status.code === 2,
    })),
  );
}

function pointsOf({ resource, scopeMetrics }: ResourceMetrics): SeenPoint[] {
  const told = attributesOf(resource.attributes);
  return scopeMetrics
    .flatMap(({ metrics }) => metrics)
    .flatMap(({ name, unit, sum, gauge, histogram }) => {
      const kind = histogram ? 'histogram' : sum?.isMonotonic === true ? 'counter' : 'gauge';
      const { dataPoints = [] } = histogram ?? sum ?? gauge ?? {};
      return dataPoints.map((point) => ({
        resource: told,
        name,
        unit,
        kind,
        attributes: attributesOf(point.attributes),
        value: Number(point.asDouble ?? point.asInt ?? point.count ?? 0),
        ...(histogram === undefined ? {} : { buckets: bucketsOf(point), sum: point.sum ?? 0 }),
      }));
    });
}

function bucketsOf({ bucketCounts = [], explicitBounds = [] }: DataPoint): (readonly [string, number])[] {
  let all = 0;
  return bucketCounts.map((count, at) => [String(explicitBounds[at] ?? '+Inf'), (all += Number(count))] as const);
}

const keyOf = ({ resource, name, attributes }: SeenPoint): string => JSON.stringify([resource, name, attributes]);
