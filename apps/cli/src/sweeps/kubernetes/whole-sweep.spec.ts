/** Games of a sweep in pods that really run: driver and services as processes, killed and evicted, to the cards of the local engine. */
import { setTimeout as delay } from 'node:timers/promises';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ResultCard } from '@theriac/game';
import { builtCommand, withoutTimes } from '../../fakes/built-command';
import type { BuiltCommand } from '../../fakes/built-command';
import { runAsProcesses } from '../../fakes/kubernetes/pod-processes';
import type { Machine } from '../../fakes/kubernetes/pod-processes';
import { endCommands, startTestCluster } from '../../fakes/kubernetes/test-cluster';
import type { TestCluster } from '../../fakes/kubernetes/test-cluster';

const longest = 400_000;
const plan = `game: { dataset: synthetic-digits, model: lr, train-limit: 300, protocols: [stable-sgd@3], attacker-protocol: stable-sgd@3, seeds: 1 }
grid: { attack: [label-flip], seed: [0, 1] }
`;

interface SweepDocument {
  readonly games: readonly { readonly run: string | null; readonly card: ResultCard | null }[];
}

let local: BuiltCommand;
let cluster: TestCluster;
const attempts: string[] = [];

const machine: Machine = {
  get folder() {
    return cluster.folder;
  },
  configMap: (namespace, name) =>
    cluster.server.table.get('ConfigMap', namespace, name)?.['data'] as Record<string, string>,
  async disturb({ index, attempt }, driver, runs) {
    attempts.push(`${index}.${attempt}`);
    if (attempt > 0) return undefined;
    const begun = () => existsSync(runs) && readdirSync(runs).some((name) => name.startsWith('synthetic'));
    while (!begun() && driver.exitCode === null) await delay(10);
    driver.kill('SIGKILL');
    return index === 0 ? 'evicted' : undefined;
  },
};

beforeAll(async () => {
  local = builtCommand();
  cluster = await startTestCluster({ run: (task) => runAsProcesses(task, machine) });
  cluster.write('plan.yaml', plan);
});
afterAll(async () => {
  await cluster.close();
  endCommands();
  local.remove();
});

it(
  'plays every game to the card of the local engine, through an eviction and a kill',
  async () => {
    const swept = await cluster.sweep('--json', '--parallelism', '2');
    expect(swept.err).toBe('');
    const { games } = JSON.parse(swept.out) as SweepDocument;
    expect(attempts.sort()).toEqual(['0.0', '0.1', '1.0', '1.1']);

    const alone = local.card('sweep', join(cluster.folder, 'plan.yaml'), '--index', '1', '--json');
    expect(withoutTimes(games[1]?.card as ResultCard)).toEqual(withoutTimes(alone));
    const poison = readFileSync(join(cluster.folder, 'theriac-runs', games[1]?.run ?? '', 'poison.safetensors'));
    expect(poison).toEqual(local.poison('runs', games[1]?.run ?? ''));
    expect(cluster.server.violations).toEqual([]);
  },
  longest,
);
