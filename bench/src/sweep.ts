/** Sweeps on two cores: whether they keep both busy, cost in proportion, survive kills, and stay small. Linux only. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { observe, theriac } from './command';

export const cores = 2;

export interface SweptPlan {
  readonly games: number;
  readonly wallSeconds: number;
  /** Processor time of all processes over `cores` times the wall time, start-up and end included. */
  readonly busy: number;
  /** Peak resident memory of the driver. */
  readonly driverMiB: number;
}

export interface SweepFigures {
  readonly dataset: string;
  readonly played: readonly SweptPlan[];
  /** Games kept when the driver was killed, how many of them were played again, and how many the command after the last plays. */
  readonly killed: { readonly kept: number; readonly replayed: number; readonly again: number };
  readonly dryRuns: readonly { readonly games: number; readonly seconds: number; readonly driverMiB: number }[];
}

/** Plays 12, 24 and 48 games, kills a sweep of 24 in its midst, and lists plans of 10 and 10,000. */
export async function measureSweep(dataset: string): Promise<SweepFigures> {
  const folder = mkdtempSync(join(tmpdir(), 'theriac-bench-sweep-'));
  try {
    const played: SweptPlan[] = [];
    for (const games of [12, 24, 48]) played.push(await play(folder, dataset, games));
    const killed = await kill(folder, dataset);
    const dryRuns = [await list(folder, 5, 2), await list(folder, 100, 100)];
    return { dataset, played, killed, dryRuns };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const words = (plan: string, runs: string): string[] => ['sweep', plan, '--runs-dir', runs, '--cores', String(cores)];

/** Writes a plan of `games` games of one kind, each with a seed of its own, so that none takes a clean training of another. */
function planOf(folder: string, dataset: string, games: number): string {
  const shared = 'model: lr, train-limit: 10000, protocols: [stable-sgd@10], attacker-protocol: stable-sgd@5, seeds: 1';
  const attack = 'attack: gradient-canceling, options: { target: reversed }';
  const seeds = [...Array(games).keys()].join();
  const name = `plan-${games}.yaml`;
  writeFileSync(
    join(folder, name),
    `game: { dataset: ${dataset}, ${shared}, ${attack} }\ngrid: { seed: [${seeds}] }\n`,
  );
  return name;
}

async function play(folder: string, dataset: string, games: number): Promise<SweptPlan> {
  const plan = planOf(folder, dataset, games);
  const { wallSeconds, cpuSeconds, peakMiB } = await observe(words(plan, `runs-${games}`), folder);
  return { games, wallSeconds, busy: cpuSeconds / (cores * wallSeconds), driverMiB: peakMiB };
}

async function kill(folder: string, dataset: string): Promise<SweepFigures['killed']> {
  const plan = planOf(folder, dataset, 24);
  const store = join(folder, 'killed', '.sweeps');
  const keptNow = (): Map<string, number> =>
    new Map(
      (existsSync(store) ? readdirSync(store) : []).map((name) => [name, statSync(join(store, name)).mtimeMs] as const),
    );
  const driver = spawn(process.execPath, [theriac, ...words(plan, 'killed')], { cwd: folder, stdio: 'ignore' });
  while (keptNow().size < 8 && driver.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 20));
  driver.kill('SIGKILL');
  await once(driver, 'exit');
  const kept = keptNow();
  await observe(words(plan, 'killed'), folder);
  const after = keptNow();
  await observe(words(plan, 'killed'), folder);
  const changed = (since: Map<string, number>): number =>
    [...keptNow()].filter(([name, time]) => since.get(name) !== time).length;
  return { kept: kept.size, replayed: changed(kept) - (after.size - kept.size), again: changed(after) };
}

/** A plan of rows times columns games, listed. */
async function list(folder: string, rows: number, columns: number): Promise<SweepFigures['dryRuns'][number]> {
  const values = (count: number): string => [...Array(count).keys()].map((k) => 1000 + k).join();
  writeFileSync(
    join(folder, 'list.yaml'),
    `game: { dataset: mnist, model: lr, attack: label-flip }\ngrid: { seed: [${values(rows)}], train-limit: [${values(columns)}] }\n`,
  );
  const { wallSeconds, peakMiB } = await observe(['sweep', 'list.yaml', '--dry-run'], folder);
  return { games: rows * columns, seconds: wallSeconds, driverMiB: peakMiB };
}
