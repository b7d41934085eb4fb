/**
 * Every verb that plays, killed again and again in the midst of its writing, until the same command gets to its end: with the
 * result of one that nobody disturbed. What is built is run.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { seatPlayers } from './embedded/table';
import type { Table } from './embedded/table';
import { builtCommand, theriac } from './fakes/built-command';
import type { BuiltCommand } from './fakes/built-command';

const longest = 240_000;
let command: BuiltCommand;
let table: Table;
beforeAll(async () => {
  command = builtCommand();
  table = await seatPlayers({});
  // SIGKILL of itself, in place of the rename that gives the n-th file its name.
  writeFileSync(
    join(command.folder, 'kill.cjs'),
    `const fs = require('node:fs');
    const rename = fs.renameSync;
    let left = Number(process.env.KILL_AT);
    fs.renameSync = (from, to) => (--left === 0 ? process.kill(process.pid, 'SIGKILL') : rename(from, to));`,
  );
  const cells = join(command.folder, 'tables', 'mine', 'cells');
  mkdirSync(cells, { recursive: true });
  const write = (path: string, lines: string[]): void => writeFileSync(path, `${lines.join('\n')}\n`);
  write(join(cells, '..', 'table.yaml'), [
    'title: Mine',
    'page: 15',
    'reports: drop',
    'rows: { lr: LR }',
    'columns: { clean: clean, corrupted: corrupted }',
  ]);
  const shared = ['row: lr', 'dataset: synthetic-digits', 'model: lr', 'train-limit: 500'];
  const profiles = ['profiles:', '  quick: {}', '  standard: {}', '  paper: {}'];
  const game = ['column: clean', 'poison-fraction: 0', 'seeds: 2', 'protocols: [p-gc@3]'];
  write(join(cells, 'clean.yaml'), [...shared, ...game, ...profiles]);
  const corruption = ['column: corrupted', 'kind: corruption', 'epsilon-w: 1', 'attacker-protocol: p-gradpc@3'];
  write(join(cells, 'corrupted.yaml'), [...shared, ...corruption, 'orders: 2', ...profiles]);
}, longest);
afterAll(async () => {
  await table.close();
  command.remove();
});

/** Runs a command that kills itself at its n-th file; 0: never. */
function run(words: readonly string[], killAt: number): { signal: string | null; out: string; err: string } {
  const addresses = Object.entries(table.addresses).flatMap(([role, address]) => [`--${role}`, address]);
  const { signal, status, stdout, stderr } = spawnSync(
    process.execPath,
    ['-r', './kill.cjs', theriac, ...words, ...addresses],
    { cwd: command.folder, encoding: 'utf8', env: { ...process.env, KILL_AT: String(killAt) } },
  );
  if (status !== 0 && signal === null) throw new Error(stderr);
  return { signal, out: stdout, err: stderr };
}

/** A document without how long it took, and whether the last command played it or an earlier one. */
const withoutSeconds = (text: string): unknown =>
  JSON.parse(text, (name, value: unknown) => (/seconds$/i.test(name) || name === 'from' ? undefined : value));

/** Everything in a runs folder that is no record, log or lock; JSON without its seconds. */
function kept(runs: string): Record<string, unknown> {
  const folder = join(command.folder, runs);
  const names = (readdirSync(folder, { recursive: true }) as string[]).filter((name) =>
    /\.(safetensors|json|tmp)$|(^|\/)lock\./.test(name),
  );
  return Object.fromEntries(
    names
      .filter((name) => !/checkpoints\/.*\.json$|^\.work\//.test(name))
      .map((name) => {
        const bytes = readFileSync(join(folder, name));
        return [name, name.endsWith('.json') ? withoutSeconds(bytes.toString('utf8')) : bytes.toString('base64')];
      }),
  );
}

const digits = ['--dataset', 'synthetic-digits', '--train-limit', '500', '--model', 'lr'];
const short = ['--protocol', 'p-gc@3', '--seeds', '1'];
const quickModel = ['--attacker-protocol', 'p-gradpc@3'];
const canceling = ['--attack', 'gradient-canceling', '--target', 'reversed', '--option', 'iterations=20'];
const parts = ['--pretrain', '200', '--trusted', '50', '--validation', '50', '--ticks', '6', '--per-tick', '20'];

it.each<[string, readonly string[]]>([
  ['play', ['play', ...digits, ...short, ...quickModel, ...canceling]],
  ['corrupt', ['corrupt', ...digits, ...quickModel, '--epsilon-w', '1', '--orders', '3']],
  ['threshold', ['threshold', ...digits, '--target', 'scaled', '--epsilon-w', '0.5']],
  ['online', ['online', ...digits, ...short, ...parts, '--attack', 'greedy', '--share', '0.2', '--users', '4']],
  ['critical-mass', ['critical-mass', ...digits, ...short, ...quickModel, '--from', '20', '--resolution', '40']],
  [
    'scenario',
    [
      'scenario',
      'frontrunning',
      '--articles',
      '2000',
      '--play',
      ...digits,
      ...short,
      '--attack',
      'label-flip',
      '--seed',
      '3',
    ],
  ],
  ['table', ['table', 'mine', '--experiments', 'tables']],
])(
  '%s goes on wherever it was killed, and ends the same',
  (verb, words) => {
    const asked = [...words, '--json', '--quiet'];
    const undisturbed = run([...asked, '--runs-dir', `${verb}-whole`], 0);
    const disturbed = [...asked, '--runs-dir', `${verb}-killed`];
    let kills = 0;
    for (let last = run(disturbed, 3); ; last = run(disturbed, 3 + 4 * kills)) {
      if (last.signal === null) {
        expect(withoutSeconds(last.out)).toEqual(withoutSeconds(undisturbed.out));
        break;
      }
      expect(last.signal).toBe('SIGKILL');
      expect(++kills).toBeLessThan(20);
    }
    expect(kills).toBeGreaterThan(0);
    expect(kept(`${verb}-killed`)).toEqual(kept(`${verb}-whole`));
    const work = join(command.folder, `${verb}-killed`, '.work');
    // A table that was killed right after it kept a figure does not ask for it again, and leaves the work to be cleared later.
    expect(existsSync(work) ? readdirSync(work).length : 0).toBeLessThanOrEqual(verb === 'table' ? 1 : 0);
  },
  longest,
);
