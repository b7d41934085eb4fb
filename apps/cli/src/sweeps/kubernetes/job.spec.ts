import { faultsOfConfigMap, faultsOfJob } from '../../fakes/kubernetes/admission';
import { readOpenApi } from '../../fakes/kubernetes/openapi';
import { parsePlan } from '../plan-file';
import { jobOf, planDigest, planOf } from './job';
import type { JobChoice } from './job';
import { rangesText } from './ranges';
import { parseRunStore } from './run-store';

const text = `title: Some
game: { dataset: synthetic-digits, model: lr }
grid: { attack: [label-flip, tgda], seed: [0, 1, 2] }
`;
const parsed = (content: string) => parsePlan(content, 'plan.yaml', ['synthetic-digits']);
const image = (name: string) => `registry.example.org/theriac/${name}:0.1.0`;
const choice: JobChoice = {
  namespace: 'theriac',
  title: 'Some',
  digest: planDigest(parsed(text)),
  plan: text,
  games: '0-2,5',
  count: 4,
  parallelism: 10,
  retries: 2,
  mostFailed: undefined,
  queue: undefined,
  podPatch: undefined,
  images: {
    trainer: image('trainer'),
    attacker: 'somebody/else:1',
    evaluator: image('evaluator'),
    driver: image('driver'),
  },
  runStore: parseRunStore('pvc:theriac-runs'),
  storeSecret: 'theriac-run-store',
  dataClaim: 'theriac-data',
  trainingDataClaim: 'theriac-data-training',
  threads: 1,
  memoryMebibytes: 1536,
  telemetry: 'http://otel-collector:4318',
};
const stored: JobChoice = { ...choice, runStore: parseRunStore('s3://bucket/a'), mostFailed: 3, queue: 'theriac' };
const bare: JobChoice = { ...choice, dataClaim: undefined, trainingDataClaim: undefined, telemetry: undefined };
const api = readOpenApi();

it.each<[string, JobChoice]>([
  ['on a volume', choice],
  ['on an object store, in a queue', stored],
  ['without volumes of data', bare],
])('is what the OpenAPI document and the rules of admission allow, %s', (_, chosen) => {
  const job = jobOf(chosen);
  const plan = planOf(chosen, job, 'some-uid');
  expect(api.faultsOf('V1Job', job)).toEqual([]);
  expect(faultsOfJob(job)).toEqual([]);
  expect(api.faultsOf('V1ConfigMap', plan)).toEqual([]);
  expect(faultsOfConfigMap(plan)).toEqual([]);
});

it('plays each index once, replaces what is disrupted, and gives up what was asked wrongly', () => {
  const { spec } = jobOf(choice);
  expect(spec).toMatchObject({
    completionMode: 'Indexed',
    completions: 4,
    parallelism: 4,
    backoffLimitPerIndex: 2,
    podReplacementPolicy: 'Failed',
  });
  expect(spec?.podFailurePolicy?.rules.map(({ action }) => action)).toEqual(['Ignore', 'FailIndex']);
  expect(jobOf(stored)).toMatchObject({
    metadata: { labels: { 'kueue.x-k8s.io/queue-name': 'theriac' } },
    spec: { suspend: true, maxFailedIndexes: 3 },
  });
});

it('shows an attacker the trainer and nothing of the evaluator, of the runs, of the plan or of any key', () => {
  for (const chosen of [choice, stored]) {
    const pod = jobOf(chosen).spec?.template.spec;
    const attacker = pod?.initContainers?.find(({ name }) => name === 'attacker');
    expect(attacker?.image).toBe('somebody/else:1');
    expect(attacker?.volumeMounts?.map(({ name }) => name).sort()).toEqual([
      'attacker-scratch',
      'attacker-scratch',
      'attacker-socket',
      'trainer-socket',
      'training-data',
    ]);
    expect(attacker?.envFrom).toBeUndefined();
    expect(pod?.automountServiceAccountToken).toBe(false);
    const withKeys = [...(pod?.initContainers ?? []), ...(pod?.containers ?? [])].filter(({ envFrom }) => envFrom);
    expect(withKeys.map(({ name }) => name)).toEqual(chosen === stored ? ['driver'] : []);
    const withTests = pod?.initContainers?.filter(({ volumeMounts = [] }) =>
      volumeMounts.some((one) => one.name === 'data'),
    );
    expect(withTests?.map(({ name }) => name)).toEqual(['evaluator']);
  }
});

it('has one name for the same games of the same plan, whatever else is chosen', () => {
  const name = (chosen: JobChoice) => jobOf(chosen).metadata?.name;
  expect(name({ ...choice, parallelism: 1, threads: 8 })).toBe(name(choice));
  expect(name({ ...choice, games: '0-2' })).not.toBe(name(choice));
  expect(planDigest(parsed(text.replace('Some', 'Other')))).toBe(choice.digest);
  expect(planDigest(parsed(text.replace('[0, 1, 2]', '[0, 2, 1]')))).not.toBe(choice.digest);
});

it('has room for 100,000 games with every second one missing, and says when a plan is too long', () => {
  const halves = rangesText(Array.from({ length: 50_000 }, (_, index) => 2 * index));
  const large = { ...choice, games: halves, count: 50_000 };
  expect(faultsOfJob(jobOf(large))).toEqual([]);
  expect(faultsOfConfigMap(planOf(large, jobOf(large)))).toEqual([]);
  const long = { ...large, plan: `${text}# ${'x'.repeat(800_000)}` };
  expect(() => planOf(long, jobOf(long))).toThrow(/^the plan is too long for a cluster; found: \d+ bytes.*1000000/);
});
