/** One game over three services on Unix sockets, each a process of its own, against the same game in one process. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { summarise } from './timing';
import type { Timing } from './timing';

const rounds = 3;

export interface GameTimes {
  /** What was played, as on the command line. */
  readonly command: string;
  /** Seconds of the game itself, services up: from its first step to its card. */
  readonly services: Timing;
  readonly oneProcess: Timing;
  /** Best services over best one process. */
  readonly ratio: number;
  /** Seconds of the whole command, services started and stopped included. */
  readonly withStartUp: { readonly services: number; readonly oneProcess: number };
  /** Whether both ended in the same poisoned accuracy. */
  readonly sameResult: boolean;
}

interface Played {
  readonly gameSeconds: number;
  readonly wallSeconds: number;
  readonly result: string;
}

/** Plays the game in both ways, in turns. `dataset` is "mnist" where its files are at hand. */
export function measureGame(dataset: string): GameTimes {
  const flags = ['--dataset', dataset, '--model', 'lr', '--attack', 'gradient-canceling', '--target', 'reversed'];
  const rest = ['--poison-fraction', '0.03', '--seeds', '1', '--protocol', 'p-gc', '--protocol', 'stable-sgd'];
  const args = ['play', ...flags, ...rest];
  const programs = {
    services: join(__dirname, '..', '..', 'apps', 'cli', 'bin', 'theriac.cjs'),
    oneProcess: join(__dirname, 'one-process.js'),
  };
  const services: Played[] = [];
  const oneProcess: Played[] = [];
  for (let round = 0; round < rounds; round++) {
    services.push(play(programs.services, args));
    oneProcess.push(play(programs.oneProcess, args));
  }
  const times = (played: readonly Played[]): Timing => summarise(played.map(({ gameSeconds }) => gameSeconds));
  const wall = (played: readonly Played[]): number => Math.min(...played.map(({ wallSeconds }) => wallSeconds));
  return {
    command: `theriac ${args.join(' ')}`,
    services: times(services),
    oneProcess: times(oneProcess),
    ratio: times(services).best / times(oneProcess).best,
    withStartUp: { services: wall(services), oneProcess: wall(oneProcess) },
    sameResult: new Set([...services, ...oneProcess].map(({ result }) => result)).size === 1,
  };
}

function play(program: string, args: readonly string[]): Played {
  const runs = mkdtempSync(join(tmpdir(), 'theriac-bench-runs-'));
  try {
    const start = performance.now();
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [program, ...args, '--fresh', '--json', '--quiet', '--runs-dir', runs],
      { encoding: 'utf8', maxBuffer: 1 << 28 },
    );
    const wallSeconds = (performance.now() - start) / 1000;
    if (status !== 0) throw new Error(`the game did not end well (exit code ${String(status)}):\n${stderr}`);
    const card = JSON.parse(stdout) as { seconds: { total: number }; protocols: { poisoned: unknown }[] };
    const result = JSON.stringify(card.protocols.map(({ poisoned }) => poisoned));
    return { gameSeconds: card.seconds.total, wallSeconds, result };
  } finally {
    rmSync(runs, { recursive: true, force: true });
  }
}
