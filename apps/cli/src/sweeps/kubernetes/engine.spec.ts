/** What a sweep asks of a cluster, and how it bears what clusters do. The pods play nothing; whole-sweep.spec.ts has some that do. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { rightsOfSweeper, rightsWithout } from '../../fakes/kubernetes/rights';
import { createStubNode } from '../../fakes/kubernetes/stub-node';
import type { StubNode } from '../../fakes/kubernetes/stub-node';
import { endCommands, startTestCluster } from '../../fakes/kubernetes/test-cluster';
import type { TestCluster } from '../../fakes/kubernetes/test-cluster';

const longest = 300_000;
const planOf = (seeds: number): string =>
  `game: { dataset: synthetic-digits, model: lr, attack: label-flip }\ngrid: { seed: [${[...Array(seeds).keys()].join()}] }\n`;
const rights = rightsOfSweeper();
const failsWith = (code: number, line: string) => ({ kind: 'exit', code, log: `theriac: ${line}\n` }) as const;

let node: StubNode;
let cluster: TestCluster;
beforeEach(async () => {
  node = createStubNode();
  cluster = await startTestCluster(node, {
    'no-jobs': rightsWithout(rights, 'create', 'jobs'),
    'no-pods': rightsWithout(rights, 'watch', 'pods'),
    'no-logs': rightsWithout(rights, 'get', 'pods/log'),
    'no-events': rightsWithout(rights, 'list', 'events'),
  });
  node.table = cluster.server.table;
  cluster.write('plan.yaml', planOf(6));
});
afterEach(async () => {
  expect(cluster.server.violations).toEqual([]);
  await cluster.close();
});

afterAll(endCommands);

const jobs = () => cluster.server.table.list('Job', 'theriac');
const madeJobs = () => cluster.server.requests.filter((one) => /^POST .*\/jobs$/.test(one)).length;
const cards = (runs = 'runs'): number => {
  const folder = join(cluster.folder, runs, '.sweeps');
  return existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')).length : 0;
};
async function until(what: () => boolean): Promise<void> {
  while (!what()) await delay(10);
}

it(
  'goes on through watches that break and versions that are forgotten, tells each failure once, and plays only what is missing',
  async () => {
    cluster.write('plan.yaml', planOf(30));
    node.fate = (game, { attempt }) => {
      if (game % 5 === 0) cluster.server.breakWatches();
      if (game === 12) cluster.server.table.forget();
      if (game === 12) cluster.server.breakWatches();
      if (game === 3) return failsWith(2, 'attack is unknown');
      if (game === 4) return failsWith(1, 'the disk is full');
      if (game === 7 && attempt < 2) return failsWith(1, 'a service died');
      if (game === 8 && attempt < 4) return { kind: 'disrupted', reason: 'Drained', message: 'a node was emptied' };
      return undefined;
    };
    const { code, err, out } = await cluster.sweep('--parallelism', '3');
    expect(code).toBe(1);
    expect(err.match(/^game \d+ failed: .*$/gm)).toEqual([
      'game 3 failed: attack is unknown',
      'game 4 failed: the disk is full',
    ]);
    expect(err).toContain('game 7 is played again: a service died');
    expect(err).toContain('game 8 is played again: Drained: a node was emptied');
    expect(err).toMatch(/^theriac: 2 of 30 games failed; found: 3, 4/m);
    expect(err).toMatch(/\[28\/30\] game \d+ \(\d+\) played in 2\.0 s/);
    expect(out).toMatch(/7 +7 +protocol-7/);
    // Once, thrice, three times and five times.
    expect([3, 4, 7, 8].map((game) => node.played.filter((one) => one === game).length)).toEqual([1, 3, 3, 5]);
    expect([cards(), madeJobs()]).toEqual([28, 1]);

    node.fate = () => undefined;
    node.played.length = 0;
    const again = await cluster.sweep('--quiet');
    expect([again.code, again.err]).toEqual([0, '']);
    expect([...node.played].sort()).toEqual([3, 4]);
    expect(cards()).toBe(30);
    const asked = cluster.server.requests.length;
    expect((await cluster.sweep()).err).toBe('plan.yaml: 30 games, 30 played before\n');
    expect(cluster.server.requests.length).toBe(asked);
  },
  longest,
);

it(
  'is left with Ctrl-C and joined by the same command; --cancel ends it',
  async () => {
    let open: (() => void) | undefined;
    const gate = new Promise<undefined>((resolve) => (open = () => resolve(undefined)));
    node.fate = (game) => (game > 1 ? gate : undefined);
    const first = cluster.start('--parallelism', '6');
    await until(() => cards() === 2 || first.process.exitCode !== null);
    first.process.kill('SIGINT');
    const leaving = await first.ended;
    expect(leaving.code).toBe(130);
    expect(leaving.err).toMatch(/theriac: interrupted\. The Job goes on in the cluster: the same command joins it/);
    expect(jobs()).toHaveLength(1);

    const other = await cluster.sweep('--run-store', 'pvc:other');
    expect([other.code, other.err]).toEqual([
      1,
      expect.stringMatching(/plays this plan with other settings.*pvc:theriac-runs/),
    ]);
    const second = cluster.start();
    await until(() => cluster.server.requests.filter((one) => one.endsWith('/pods')).length > 3);
    open?.();
    const joining = await second.ended;
    expect([joining.code, madeJobs()]).toEqual([0, 1]);
    expect(joining.err).toMatch(/joining the Job theriac-sweep-\S+ in theriac: 6 games/);
    expect([node.played.length, cards()]).toEqual([6, 6]);

    const cancelled = await cluster.sweep('--cancel');
    expect([cancelled.code, cancelled.err, jobs().length]).toEqual([0, '1 Job deleted\n', 0]);
    expect(cluster.server.table.list('ConfigMap', 'theriac')).toEqual([]);
  },
  longest,
);

it(
  'plays again what ended without a card, and ends with the Job that is deleted',
  async () => {
    node.fate = (game) =>
      game === 2 && node.played.filter((one) => one === 2).length === 1 ? failsSilently : undefined;
    expect((await cluster.sweep()).code).toBe(0);
    expect([node.played.filter((one) => one === 2).length, cards(), madeJobs()]).toEqual([2, 6, 2]);

    node.fate = () => new Promise(() => undefined);
    const running = cluster.start('--runs-dir', 'other');
    await until(() => cluster.server.table.list('Pod', 'theriac').some((pod) => isRunning(pod['status'])));
    const [job] = jobs().filter(
      ({ status }) => (status as { conditions?: unknown } | undefined)?.conditions === undefined,
    );
    if (job !== undefined) cluster.server.table.remove(job);
    const { code, err } = await running.ended;
    expect([code, err]).toEqual([
      1,
      expect.stringMatching(/theriac: the Job theriac-sweep-\S+ was deleted\. What was played/),
    ]);
  },
  longest,
);

const failsSilently = { kind: 'exit', code: 0, log: 'nothing that is a card\n' } as const;
const isRunning = (status: unknown): boolean => (status as { phase?: string }).phase === 'Running';

it(
  'tells once why no pod may be made, and waits',
  async () => {
    let refused = 0;
    node.refusePod = () => (refused++ < 8 ? 'exceeded quota: theriac, requested: count/pods=1, used: 100' : undefined);
    const { code, err } = await cluster.sweep('--parallelism', '2');
    expect(code).toBe(0);
    expect(err.match(/FailedCreate: .*exceeded quota: theriac/g)).toHaveLength(1);
    expect(cards()).toBe(6);
  },
  longest,
);

it(
  'says in one line what the cluster refuses, and keeps nothing there',
  async () => {
    const tried = async (options: readonly string[], words: RegExp, code = 1): Promise<void> => {
      const ran = await cluster.sweep('--quiet', ...options);
      expect(ran.err).toMatch(words);
      expect([ran.err.trim().split('\n').length, ran.code]).toEqual([1, code]);
    };
    await tried(['--context', 'away'], /cluster at http:\/\/127\.0\.0\.1:1 cannot be reached: nobody listens there/);
    await tried(['--context', 'nowhere'], /--context is "nowhere"; allowed: sweeper, /, 2);
    await tried(['--kubeconfig', 'plan.yaml'], /configuration of the cluster cannot be read|--context is/, 2);
    await tried(['--context', 'unknown'], /Unauthorized \(status 401\)\. Log in/);
    await tried(['--context', 'no-jobs'], /making a Job failed; .*cannot create resource "jobs".*theriac-sweeper/);
    await tried(['--namespace', 'other'], /namespaces "other" not found.*--namespace/);
    cluster.server.refuse = (method, path) =>
      method === 'POST' && path.endsWith('/jobs')
        ? { status: 403, message: 'jobs.batch is forbidden: exceeded quota: theriac, used: count/jobs.batch=200' }
        : undefined;
    await tried([], /exceeded quota: theriac.*larger quota/);
    cluster.server.refuse = (method, path) =>
      method === 'POST' && path.endsWith('/configmaps') ? { status: 500, message: 'etcd is ill' } : undefined;
    await tried([], /making a ConfigMap failed; found: etcd is ill/);
    expect(jobs()).toEqual([]);
    cluster.server.refuse = () => undefined;
    await tried(['--context', 'no-logs'], /reading the log of a pod failed; .*pods\/log is forbidden/);
    expect(jobs()).toHaveLength(1);
  },
  longest,
);

it(
  'does without events, and starts no second Job for the same games',
  async () => {
    node.fate = async (game) => {
      if (game !== 5) return undefined;
      await until(() => cluster.server.requests.some((one) => one.endsWith('/events')));
      await delay(500);
      return undefined;
    };
    const both = await Promise.all([
      cluster.sweep('--context', 'no-events'),
      cluster.start('--context', 'no-events').ended,
    ]);
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    expect([jobs().length, node.played.length]).toEqual([1, 6]);
    expect(both[0]?.err).toMatch(/listing events failed; .*is forbidden.*cannot be told without/);
  },
  longest,
);

it('refuses options of the other engine, before anything is asked', async () => {
  const { runProgram } = await import('../../program.js');
  const write = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
  const tried = async (...options: string[]): Promise<[number, string]> => {
    write.mockClear();
    const code = await runProgram(['node', 'theriac', 'sweep', join(cluster.folder, 'plan.yaml'), ...options]);
    return [code, String(write.mock.calls.at(-1)?.[0])];
  };
  try {
    expect(await tried('--engine', 'slurm')).toEqual([2, expect.stringMatching(/slurm.*local, kubernetes/)]);
    expect(await tried('--queue', 'x')).toEqual([2, expect.stringMatching(/no local sweep with --queue/)]);
    expect(await tried('--engine', 'kubernetes', '--cores', '2')).toEqual([2, expect.stringMatching(/--cores/)]);
    expect(await tried('--engine', 'kubernetes', '--run-store', 'ftp://x')).toEqual([2, expect.stringMatching(/s3:/)]);
    expect(await tried('--engine', 'kubernetes', '--parallelism', '0')).toEqual([2, expect.stringMatching(/parallel/)]);
    expect(await tried('--engine', 'kubernetes', '--pod-patch', 'none')).toEqual([2, expect.stringMatching(/ENOENT/)]);
  } finally {
    write.mockRestore();
  }
});
