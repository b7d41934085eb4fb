import { readFileSync } from 'node:fs';
import path from 'node:path';
import {
  attributeNames,
  metricNames,
  resourceAttributeNames,
  spanNames,
} from '../../libs/service-kit/src/telemetry/names';
import { hasKubectl, kustomizationsIn, manifestsFolder, render } from '../kubernetes/render';
import { playObserved, type Played } from './played';
import { prometheusName, seriesOf } from './prometheus-series';
import { readPromql } from './promql';
import { dashboardQueries, readDashboard, ruleQueries } from './queries';

const generous = 600_000;
let played: Played;
beforeAll(async () => {
  played = await playObserved();
}, generous);
afterAll(() => played?.close());

/** What Prometheus itself and the rules here add to what programs tell. */
const added = new Map([
  ['up', ['job', 'instance']],
  ['ALERTS', ['alertname', 'alertstate']],
]);

/** Labels by name of every series that was told. */
function told(): Map<string, Set<string>> {
  const labels = new Map([...added].map(([name, all]) => [name, new Set(all)]));
  for (const { name, labels: found } of played.receiver.points().flatMap(seriesOf)) {
    const known = labels.get(name) ?? new Set<string>();
    for (const label of Object.keys(found)) known.add(label);
    labels.set(name, known);
  }
  return labels;
}

it('tells every declared metric, and no other', () => {
  const declared = Object.values(metricNames).map(({ name, unit }) => `${name} ${unit}`);
  const seen = played.receiver.points().map(({ name, unit }) => `${name} ${unit}`);
  expect([...new Set(seen)].sort()).toEqual(declared.sort());
});

it('names spans and attributes as declared', () => {
  const { spans } = played.receiver;
  const names = new Set<string>(Object.values(spanNames));
  const strangers = spans
    .map(({ name }) => name)
    .filter((name) => !names.has(name) && !/^theriac\.v1\.\w+Service\/\w+$/.test(name));
  expect(strangers).toEqual([]);
  for (const name of ['game', 'train clean', 'craft', 'leader step', 'retrain', 'slice', 'score'])
    expect(spans.map((span) => span.name)).toContain(name);
  const keys = (...lists: readonly Readonly<Record<string, string>>[]) => [
    ...new Set(lists.flatMap((each) => Object.keys(each))),
  ];
  const attributes = keys(
    ...spans.map((span) => span.attributes),
    ...played.receiver.points().map((point) => point.attributes),
  );
  const allowed: readonly string[] = Object.values(attributeNames);
  expect(attributes.filter((key) => !allowed.includes(key))).toEqual([]);
  const resources: readonly string[] = Object.values(resourceAttributeNames);
  expect(keys(...spans.map((span) => span.resource)).filter((key) => !resources.includes(key))).toEqual([]);
});

it('tells processes apart', () => {
  const processes = new Set(
    played.receiver
      .points()
      .flatMap(seriesOf)
      .map(({ labels }) => `${labels['job']} ${labels['instance']}`),
  );
  const jobs = [...processes].map((each) => each.split(' ')[0]);
  for (const role of ['trainer', 'attacker', 'evaluator'])
    expect(jobs.filter((job) => job === `theriac/theriac-${role}`)).toHaveLength(2);
  // The driver of the game, that of the sweep, and the sweep's worker.
  expect(jobs.filter((job) => job === 'theriac/theriac-cli')).toHaveLength(3);
  expect([...processes].every((each) => /^theriac\/theriac-\w+ \S+-\d+$/.test(each))).toBe(true);
});

it('counts games and steps, and holds what is held', () => {
  const series = played.receiver.points().flatMap(seriesOf);
  const sum = (name: string, job: RegExp) =>
    series
      .filter((each) => each.name === name && job.test(each.labels['job'] ?? ''))
      .reduce((all, { value }) => all + value, 0);
  expect(sum('theriac_games_total', /cli/)).toBe(2);
  expect(
    series.filter(({ name }) => name === 'theriac_games_total').map(({ labels }) => labels['theriac_outcome']),
  ).toEqual(['finished', 'finished']);
  expect(sum('theriac_games_active', /cli/)).toBe(0);
  expect(sum('theriac_slices_active', /./)).toBe(0);
  expect(sum('theriac_calls_refused_total', /./)).toBe(0);
  expect(sum('theriac_steps_total', /attacker/)).toBeGreaterThanOrEqual(15);
  expect(sum('theriac_step_duration_seconds_count', /trainer/)).toBeGreaterThan(0);
  expect(sum('theriac_tensors_live', /trainer/)).toBeGreaterThan(0);
  expect(sum('process_memory_usage_bytes', /trainer/)).toBeGreaterThan(50 << 20);
});

describe('what Prometheus is asked', () => {
  const recorded = ruleQueries('recording-rules.yml');
  const queries = [...recorded, ...ruleQueries('alert-rules.yml'), ...dashboardQueries(readDashboard())];

  it.each(queries.map(({ place, expression }) => [place, expression]))('%s names what was told', (_, expression) => {
    const series = told();
    const records = new Map(recorded.map((rule) => [rule.record, rule.expression]));
    const { selectors, grouped } = readPromql(expression);
    expect(selectors.length).toBeGreaterThan(0);
    const known = new Set(['le', 'alertname']);
    for (const { metric, labels } of selectors) {
      const rule = records.get(metric);
      // A rule of recorded series has the labels by which it groups.
      const has = rule === undefined ? series.get(metric) : new Set(readPromql(rule).grouped);
      expect({ metric, told: has !== undefined }).toEqual({ metric, told: true });
      for (const label of has ?? []) known.add(label);
      expect(labels.filter((label) => has?.has(label) !== true)).toEqual([]);
    }
    expect(grouped.filter((label) => !known.has(label))).toEqual([]);
  });

  it('leaves no metric out', () => {
    const asked = queries.flatMap(({ expression }) => readPromql(expression).selectors.map(({ metric }) => metric));
    const names = [...new Set(played.receiver.points().map(prometheusName))];
    expect(names.filter((name) => !asked.some((one) => one.replace(/_(bucket|count|sum)$/, '') === name))).toEqual([]);
  });
});

describe('secrets', () => {
  it('are named in the manifest of a sweep, and not written out', () => {
    expect(played.said.get('manifest')).toContain('name: store');
  });

  it('stand in no manifest', () => {
    if (!hasKubectl()) {
      process.stderr.write('notice: kubectl is not here, so that no manifest was rendered\n');
      return;
    }
    for (const name of kustomizationsIn('overlays')) {
      const documents = render(path.join(manifestsFolder, name));
      expect(documents.filter(({ kind }) => kind === 'Secret')).toEqual([]);
      expect(JSON.stringify(documents)).not.toMatch(/-----BEGIN [A-Z]|"AWS_SECRET_ACCESS_KEY","value"|[Pp]assword":"/);
    }
  });

  it('reach whom they are for', () => {
    expect([...played.receiver.authorizations]).toEqual([played.secrets.get('OTEL_EXPORTER_OTLP_HEADERS')]);
    expect(played.secrets.size).toBe(8);
    for (const secret of played.secrets.values()) expect(secret.length).toBeGreaterThan(20);
  });

  it('are neither logged, nor traced, nor kept', () => {
    const files = played.files();
    expect(files.length).toBeGreaterThan(10);
    const places = new Map([
      ...played.said,
      ...files.map((file) => [file, readFileSync(file, 'latin1')] as const),
      ...played.receiver.bodies.map((body, at) => [`telemetry ${at}`, body] as const),
    ]);
    const found = [...places].flatMap(([place, text]) =>
      [...played.secrets, ['a private key', 'PRIVATE KEY'] as const].flatMap(([what, secret]) =>
        text.includes(secret) ? [`${what} in ${place}`] : [],
      ),
    );
    expect(found).toEqual([]);
  });
});
