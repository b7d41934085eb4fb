/** Whole online games through the real services, small enough for seconds. What is built is run. */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { seatPlayers } from '../embedded/table';
import type { Table } from '../embedded/table';
import { builtCommand, theriac } from '../fakes/built-command';
import type { BuiltCommand } from '../fakes/built-command';
import type { ArmCard, OnlineCard } from './online-card';

const longest = 240_000;
let command: BuiltCommand;
let table: Table;
beforeAll(async () => {
  command = builtCommand();
  table = await seatPlayers({});
}, longest);
afterAll(async () => {
  await table.close();
  command.remove();
});
const seated = (): string[] => Object.entries(table.addresses).flatMap(([role, address]) => [`--${role}`, address]);

const digits = ['--dataset', 'synthetic-digits', '--train-limit', '1500', '--model', 'lr', '--protocol', 'p-gc@10'];
const parts = ['--pretrain', '400', '--trusted', '100', '--validation', '100'];
const stream = ['--ticks', '8', '--per-tick', '40', '--score-every', '4', '--users', '8', '--json', '--quiet'];
const game = ['online', ...digits, ...parts, ...stream];

function played(...args: string[]): OnlineCard {
  const { code, out, err } = command.run(...game, ...seated(), ...args);
  if (code !== 0) throw new Error(err);
  return JSON.parse(out) as OnlineCard;
}
const armOf = ({ arms }: OnlineCard, name: string): ArmCard => {
  const found = arms.find((arm) => arm.name === name);
  if (found === undefined) throw new Error(`no trainer ${name}`);
  return found;
};
const withoutTimes = ({ seconds: _, ...card }: OnlineCard): object => card;

describe('gradient control of an online trainer', () => {
  const attack = ['--attack', 'gradient-control', '--share', '0.3', '--seeds', '1', '--learning-rate', '0.1'];
  const defended = [...attack, '--defence', 'influence-cap,gate:tolerance=0.05'];
  let card: OnlineCard;
  beforeAll(() => {
    card = played(...defended, '--runs-dir', 'first');
  }, longest);

  it('ruins the undefended trainer and not the defended one, on the same streams', () => {
    const [clean, undefended, safe] = [armOf(card, 'clean'), armOf(card, 'attacked'), armOf(card, 'attacked-1')];
    expect(clean.collapsed).toBe(0);
    expect(undefended.collapsed).toBe(1);
    expect(safe.collapsed).toBe(0);
    expect(safe.final.mean ?? 0).toBeGreaterThan(2 * (undefended.final.mean ?? 100));
    expect(clean.regret.values).toEqual([0]);
    expect(undefended.poison).toEqual({ rows: 8 * 12, trained: 1, weight: 1 });
    expect(safe.poison.weight).toBeLessThan(0.2);
  });

  it('starts all trainers of a seed from one clean model, and scores what it was told to', () => {
    for (const { curves } of card.arms)
      curves.forEach((curve, seed) => {
        expect(curve.map(({ tick }) => tick)).toEqual([0, 4, 8]);
        expect(curve[0]?.accuracy).toBeCloseTo(card.clean.values[seed] ?? NaN, 5);
      });
  });

  it('leaves a report that stands alone', () => {
    const report = readFileSync(join(command.folder, 'first', card.id, 'report.html'), 'utf8');
    expect(report).not.toMatch(/NaN|undefined|(src|href)="(?!data:)/);
    expect(report).toContain('Accuracy over time');
  });

  it(
    'gives the same bytes again, also when it was killed on the way',
    async () => {
      const again = ['online', ...digits, ...parts, ...stream, ...defended, '--runs-dir', 'killed'];
      const child = spawn(process.execPath, [theriac, ...again, ...seated()], { cwd: command.folder, stdio: 'ignore' });
      const exit = new Promise((resolve) => child.once('exit', resolve));
      const record = join(command.folder, 'killed', card.id, 'checkpoints', 'attacked-1.json');
      while (!existsSync(record) && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 5));
      child.kill('SIGKILL');
      await exit;
      expect(existsSync(join(command.folder, 'killed', card.id, 'card.json'))).toBe(false);
      const { out, err } = command.run('resume', card.id, '--runs-dir', 'killed', '--json', '--quiet', ...seated());
      if (out === '') throw new Error(err);
      expect(withoutTimes(JSON.parse(out) as OnlineCard)).toEqual(withoutTimes(card));
      const states = (runs: string) =>
        readdirSync(join(command.folder, runs, card.id, 'checkpoints'))
          .filter((name) => name.includes('.state-'))
          .map((name) => [name, readFileSync(join(command.folder, runs, card.id, 'checkpoints', name), 'base64')]);
      expect(states('killed')).toEqual(states('first'));
      expect(states('first')).toHaveLength(4);
    },
    longest,
  );

  it(
    'shows a finished run instead of playing it again',
    () => {
      const { out } = command.run('resume', card.id, '--runs-dir', 'first', '--json');
      expect(JSON.parse(out)).toEqual(card);
      expect(played(...defended, '--runs-dir', 'first', '--reuse')).toEqual(card);
    },
    longest,
  );
});

it(
  'plays every attack against every other defence',
  () => {
    const short = ['--share', '0.2', '--seeds', '1', '--option', 'steps=2'];
    const greedy = played(...short, '--defence', 'rate-limit:posts=1', '--lag', '2');
    expect(armOf(greedy, 'attacked').final.mean ?? 100).toBeLessThan(armOf(greedy, 'clean').final.mean ?? 0);
    // Two accounts: two of the eight rows of a tick are taken.
    expect(armOf(greedy, 'attacked-1').poison).toEqual({ rows: 64, trained: 0.25, weight: 0.25 });
    const accumulative = ['--attack', 'accumulative', '--option', 'trigger=6', '--option', 'burst=0.5'];
    const late = played(...short, ...accumulative, '--defence', 'delayed-ingestion:ticks=2');
    // Five ticks of 8 rows and a burst of 20; what came in the last two ticks still waits.
    expect(armOf(late, 'attacked').poison).toMatchObject({ rows: 60, trained: 1 });
    expect(armOf(late, 'attacked-1').poison).toMatchObject({ rows: 60, trained: 1 });
    expect(armOf(late, 'attacked-1').honest.trained ?? 1).toBeLessThan(0.8);
  },
  longest,
);

it.each<[string, string[], RegExp]>([
  ['share', ['--share', '1.1'], /--share is "1.1"; allowed: a share of the arrivals from 0 to 1/],
  ['number of ticks', ['--ticks', '500'], /--ticks is 500; allowed: at most 28\b/],
  ['model', ['--model', 'resnet'], /--model is "resnet"; allowed: lr/],
  ['protocol', ['--protocol', 'p-x'], /p-x"; allowed: p-gc/],
  [
    'constraint for the data',
    [
      '--dataset',
      'gaussians',
      '--train-limit',
      '0',
      '--pretrain',
      '50',
      '--trusted',
      '20',
      '--validation',
      '20',
      '--constraint',
      'box',
    ],
    /This data set has no stored range/,
  ],
])(
  'refuses an unknown %s in one line',
  (_, args, message) => {
    const { code, out, err } = command.run(...game, ...args, ...seated());
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(message);
    expect(err.trimEnd().split('\n')).toHaveLength(1);
  },
  longest,
);
