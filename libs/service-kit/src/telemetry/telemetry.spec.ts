import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { attributeNames, metricNames, spanNames } from './names';

interface Attribute {
  readonly key: string;
}
interface SeenSpan {
  readonly service: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly attributes: readonly Attribute[];
}
interface SeenMetric {
  readonly service: string;
  readonly name: string;
  readonly unit: string;
}

const fixtures = join(__dirname, '../fixtures');
const spans: SeenSpan[] = [];
const measured: SeenMetric[] = [];
let receiver: Server;
let endpoint: string;

const children: ChildProcess[] = [];
afterEach(() => children.splice(0).forEach((child) => child.kill('SIGKILL')));

/** An OTLP receiver that keeps what it gets. */
beforeAll(async () => {
  receiver = createServer((request, response) => {
    void text(request).then((body) => {
      keep(JSON.parse(body) as Received);
      response.setHeader('content-type', 'application/json').end('{}');
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  endpoint = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
});
afterAll(() => {
  receiver.close();
  receiver.closeAllConnections();
});

interface Received {
  readonly resourceSpans?: readonly {
    resource: Resource;
    scopeSpans: readonly { spans: readonly Omit<SeenSpan, 'service'>[] }[];
  }[];
  readonly resourceMetrics?: readonly {
    resource: Resource;
    scopeMetrics: readonly { metrics: readonly Omit<SeenMetric, 'service'>[] }[];
  }[];
}
interface Resource {
  readonly attributes: readonly { key: string; value: { stringValue: string } }[];
}
const serviceOf = ({ attributes }: Resource) =>
  attributes.find(({ key }) => key === 'service.name')?.value.stringValue ?? '';

function keep({ resourceSpans = [], resourceMetrics = [] }: Received): void {
  for (const { resource, scopeSpans } of resourceSpans) {
    spans.push(
      ...scopeSpans.flatMap((scope) => scope.spans.map((span) => ({ ...span, service: serviceOf(resource) }))),
    );
  }
  for (const { resource, scopeMetrics } of resourceMetrics) {
    measured.push(
      ...scopeMetrics.flatMap((scope) => scope.metrics.map((metric) => ({ ...metric, service: serviceOf(resource) }))),
    );
  }
}

interface Played {
  readonly active: boolean;
}

/** A service and a driver in processes of their own, sending telemetry to `target`. */
async function play(target: string | undefined): Promise<Played> {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: _, ...env } = process.env;
  if (target !== undefined)
    Object.assign(env, { OTEL_EXPORTER_OTLP_ENDPOINT: target, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' });
  const start = (file: string, ...args: string[]) => {
    const child = spawn(process.execPath, [join(fixtures, file), ...args], { stdio: ['ignore', 'pipe', 'pipe'], env });
    children.push(child);
    return { child, errors: text(child.stderr), closed: once(child, 'close') };
  };
  const service = start('service-main.cjs', '--log-level', 'silent');
  const [line] = (await once(service.child.stdout, 'data')) as [Buffer];
  const driver = start('telemetry-client.cjs', line.toString().trim().split(' ').at(-1) ?? '');
  const played = JSON.parse(await text(driver.child.stdout)) as Played;
  await driver.closed;
  service.child.kill('SIGTERM');
  await service.closed;
  expect([await service.errors, await driver.errors]).toEqual(['', '']);
  expect([service.child.exitCode, driver.child.exitCode]).toEqual([0, 0]);
  return played;
}

it('makes one trace over two processes, and metrics, by declared names only', async () => {
  await play(endpoint);
  const byName = new Map(spans.map((span) => [`${span.service} ${span.name}`, span]));
  const path = [
    'theriac-cli game',
    'theriac-cli score',
    'theriac-cli theriac.v1.EvaluatorService/Score',
    'theriac-evaluator theriac.v1.EvaluatorService/Score',
  ];
  path.forEach((name, at) => {
    const parent = at === 0 ? undefined : byName.get(path[at - 1] ?? '')?.spanId;
    expect(byName.get(name)).toBeDefined();
    expect({ name, parent: byName.get(name)?.parentSpanId || undefined }).toEqual({ name, parent });
  });
  expect(byName.get('theriac-cli leader step')?.parentSpanId).toBe(byName.get('theriac-cli score')?.spanId);
  // What was started anew in the same process begins a trace of its own.
  expect(byName.get('theriac-again game')).toBeDefined();
  expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(2);

  const declared = new Set<string>(Object.values(spanNames));
  const attributes = new Set<string>(Object.values(attributeNames));
  for (const span of spans) {
    expect(declared.has(span.name) || /^theriac\.v1\.\w+Service\/\w+$/.test(span.name)).toBe(true);
    expect(span.attributes.map(({ key }) => key).filter((key) => !attributes.has(key))).toEqual([]);
  }
  const metrics = new Map<string, string>(Object.values(metricNames).map(({ name, unit }) => [name, unit]));
  expect(measured.map(({ name, unit }) => ({ name, unit: metrics.get(name) === unit }))).toEqual(
    measured.map(({ name }) => ({ name, unit: true })),
  );
  const seen = measured.map(({ service, name }) => `${service} ${name}`);
  expect(seen).toEqual(
    expect.arrayContaining([
      'theriac-cli rpc.client.call.duration',
      'theriac-cli theriac.step.duration',
      'theriac-evaluator rpc.server.call.duration',
      'theriac-evaluator process.memory.usage',
      'theriac-again theriac.games',
    ]),
  );
});

it('is silent when nobody receives', async () => {
  expect((await play('http://127.0.0.1:9')).active).toBe(true);
});

it('is off when nothing says where to send', async () => {
  expect((await play(undefined)).active).toBe(false);
});
