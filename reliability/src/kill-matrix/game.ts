/** A small game of the command line in a folder of its own, and what has to be the same however it was disturbed. */
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ResultCard } from '@theriac/game';
import { theriac } from '../frame/service-process';
import type { Role } from '../frame/service-process';

export const attacks = ['gradient-canceling', 'tgda'] as const;
export type Attack = (typeof attacks)[number];

const options: Record<Attack, readonly string[]> = {
  'gradient-canceling': ['--target', 'reversed', '--option', 'iterations=1500'],
  tgda: ['--option', 'parametrisation=direct', '--option', 'epochs=60'],
};
/** Seconds; so short that checkpoints matter in a small game. */
const sliceSeconds = '0.5';

/** The command line of a game. */
export function commandOf(attack: Attack, trainLimit: number): string[] {
  const game = ['--dataset', 'synthetic-digits', '--train-limit', String(trainLimit), '--model', 'lr'];
  const defenders = ['--protocol', 'stable-sgd', '--seeds', '2'];
  return ['play', ...game, '--attack', attack, ...options[attack], ...defenders];
}

/** A driver under way. */
export interface Played {
  readonly child: ChildProcess;
  readonly exit: Promise<number | NodeJS.Signals>;
  /** The process of an embedded service; undefined where there is none (yet). */
  serviceOf(role: Role): number | undefined;
  said(): string;
}

/** Starts the driver on a command line. */
export function play(args: readonly string[], runs: string): Played {
  const child = spawn(process.execPath, [theriac, ...args, '--runs-dir', runs], {
    env: { ...process.env, THERIAC_SLICE_SECONDS: sliceSeconds, THERIAC_THREADS: '1' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const exit = new Promise<number | NodeJS.Signals>((resolve) =>
    child.once('exit', (code, signal) => resolve(signal ?? code ?? -1)),
  );
  return {
    child,
    exit,
    serviceOf(role) {
      const { stdout } = spawnSync('ps', ['-o', 'pid=,args=', '--ppid', String(child.pid)], { encoding: 'utf8' });
      const line = stdout.split('\n').find((each) => each.includes(join('services', role, 'dist')));
      return line === undefined ? undefined : parseInt(line.trim(), 10);
    },
    said: () => said,
  };
}

/** The folder of the only run in `runs`; undefined: there is none yet. */
export function runIn(runs: string): string | undefined {
  const names = existsSync(runs)
    ? readdirSync(runs).filter((name) => existsSync(join(runs, name, 'manifest.json')))
    : [];
  return names[0] === undefined ? undefined : join(runs, names[0]);
}

/** What must not depend on what happened meanwhile: every file of the results, and the card without its times. */
export function resultsOf(run: string): ReadonlyMap<string, string> {
  const files = readdirSync(run).filter((name) => /^(manifest\.json|poison\.|parameters-)/.test(name));
  const { seconds: _, protocols, ...card } = JSON.parse(readFileSync(join(run, 'card.json'), 'utf8')) as ResultCard;
  const timeless = { ...card, protocols: protocols.map(({ seconds: __, ...protocol }) => protocol) };
  return new Map([
    ...files.sort().map((name): [string, string] => [name, readFileSync(join(run, name)).toString('base64')]),
    ['card', JSON.stringify(timeless)],
  ]);
}

/** Names of the results in which two runs differ. */
export function differences(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): string[] {
  return [...new Set([...a.keys(), ...b.keys()])].filter((name) => a.get(name) !== b.get(name));
}

/** An event of a run: when, in milliseconds, and what. */
export interface RunEvent {
  readonly at: number;
  readonly event: string;
  readonly role?: string;
}

/** The events of a run in their order; a line that was cut short is passed over. */
export function eventsOf(run: string): RunEvent[] {
  const lines = readFileSync(join(run, 'events.jsonl'), 'utf8').split('\n');
  return lines.flatMap((line) => {
    try {
      const { at, ...rest } = JSON.parse(line) as { at: string; event: string };
      return [{ ...rest, at: Date.parse(at) }];
    } catch {
      return [];
    }
  });
}
