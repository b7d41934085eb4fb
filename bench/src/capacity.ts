/**
 * What games take: peak memory of each process and of all together, beside the card. Small games of each model: memory goes by the
 * model, the data set and the attack, hardly by how long they are played. Linux only.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ResultCard } from '@theriac/game';
import { observe, peakOf, read } from './command';

export interface Capacity {
  readonly command: string;
  /** Peak resident memory by process. */
  readonly peakMiB: Readonly<Record<string, number>>;
  /** Peak of what all four hold together, files that they share counted once. */
  readonly togetherMiB: number;
  readonly card: ResultCard;
}

const canceling = 'gradient-canceling --target reversed';
const small = '--poison-fraction 0.03 --seeds 1 --protocol stable-sgd@1 --attacker-protocol stable-sgd@1';

/** Flags of the games, by name. */
const games: Readonly<Record<string, string>> = {
  'lr-spambase-influence': `--dataset spambase --model lr --attack influence ${small}`,
  'lr-label-flip': `--dataset mnist --model lr --attack label-flip ${small}`,
  'lr-gradient-canceling': `--dataset mnist --model lr --attack ${canceling} ${small}`,
  'lr-tgda': `--dataset mnist --model lr --attack tgda --option epochs=2 ${small}`,
  'nn-gc-gradient-canceling': `--dataset mnist --model nn-gc --attack ${canceling} ${small} --train-limit 10000`,
  'cnn-gc-gradient-canceling': `--dataset mnist --model cnn-gc --attack ${canceling} ${small} --train-limit 2000`,
  'cnn-tgda-tgda': `--dataset mnist --model cnn-tgda --attack tgda --option epochs=2 ${small} --train-limit 2000`,
  'cnn-cifar-label-flip': `--dataset cifar-10 --model cnn-cifar --attack label-flip ${small} --train-limit 1000`,
  'cnn-cifar-gradient-canceling': `--dataset cifar-10 --model cnn-cifar --attack ${canceling} ${small} --train-limit 1000`,
  'resnet-18-label-flip': `--dataset cifar-10 --model resnet-18 --attack label-flip ${small} --train-limit 256`,
  'resnet-18-gradient-canceling': `--dataset cifar-10 --model resnet-18 --attack ${canceling} ${small} --train-limit 256`,
};

/** Plays the games whose names begin so (all: ""), one after another, and writes <folder>/<name>.json for each. */
export async function measureCapacity(folder: string, beginning = ''): Promise<readonly string[]> {
  const names = Object.keys(games).filter((name) => name.startsWith(beginning));
  mkdirSync(folder, { recursive: true });
  for (const name of names) {
    const measured = await measure(games[name] ?? '');
    writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(measured, null, 2)}\n`);
    process.stderr.write(`${name}: ${measured.togetherMiB} MiB, ${measured.card.seconds.total.toFixed(0)} s\n`);
  }
  return names;
}

async function measure(flags: string): Promise<Capacity> {
  const runs = mkdtempSync(join(tmpdir(), 'theriac-bench-capacity-'));
  const peaks = new Map<string, number>();
  let together = 0;
  try {
    const words = ['play', ...flags.split(' '), '--fresh', '--json', '--quiet', '--runs-dir', runs];
    const { output, peakMiB } = await observe(words, process.cwd(), (pid) => {
      const services = childrenOf(pid);
      for (const [role, child] of services) peaks.set(role, Math.max(peaks.get(role) ?? 0, peakOf(child) ?? 0));
      together = Math.max(together, heldBy([pid, ...services.values()]));
    });
    const rounded = [['driver', peakMiB] as const, ...peaks].map(([role, peak]) => [role, Math.round(peak)] as const);
    return {
      command: `theriac play ${flags}`,
      peakMiB: Object.fromEntries(rounded),
      togetherMiB: Math.round(together),
      card: JSON.parse(output) as ResultCard,
    };
  } finally {
    rmSync(runs, { recursive: true, force: true });
  }
}

/** Process ids of a driver's services, by role. */
function childrenOf(pid: number): Map<string, number> {
  const found = read(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number);
  return new Map(
    found.flatMap((child) => {
      const role = /services\/(\w+)\/dist\/main\.js/.exec(read(`/proc/${child}/cmdline`))?.[1];
      return role === undefined ? [] : [[role, child] as const];
    }),
  );
}

/** What processes hold together, MiB: memory of their own, and once what they read of the same files, which is mostly the engine. */
function heldBy(pids: readonly number[]): number {
  const statuses = pids.map((pid) => read(`/proc/${pid}/status`));
  const field = (status: string, name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0) / 1024;
  const own = statuses.map((status) => field(status, 'RssAnon') + field(status, 'RssShmem'));
  return own.reduce((all, one) => all + one, 0) + Math.max(...statuses.map((status) => field(status, 'RssFile')));
}
