/** Whole games through the real services, small enough for seconds. What is built is run. */
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { manifestDigest, parseManifest } from '@theriac/game';
import type { ResultCard } from '@theriac/game';
import { decodeSafetensors, float32Of } from '@theriac/tensors';
import { entryOf } from './embedded/child-service';
import { seatPlayers } from './embedded/table';
import type { Table } from './embedded/table';

const theriac = join(__dirname, '..', 'bin', 'theriac.cjs');
const longest = 120_000;
let folder: string;
/** Services that stay, for the games that need not start their own. */
let table: Table;
beforeAll(async () => {
  if (!existsSync(entryOf('trainer'))) throw new Error('These tests run what is built: npx nx run-many -t build');
  folder = mkdtempSync(join(tmpdir(), 'theriac-whole-'));
  table = await seatPlayers({});
}, longest);
afterAll(async () => {
  await table.close();
  rmSync(folder, { recursive: true, force: true });
});
const seated = (): string[] => Object.entries(table.addresses).flatMap(([role, address]) => [`--${role}`, address]);

function run(...args: string[]): { code: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [theriac, ...args], { cwd: folder, encoding: 'utf8' });
  return { code: status, out: stdout, err: stderr };
}

const digits = ['play', '--dataset', 'synthetic-digits', '--train-limit', '2000', '--model', 'lr', '--json'];
const reversed = [
  ...digits,
  '--attack',
  'gradient-canceling',
  '--target',
  'reversed',
  '--protocol',
  'p-gc',
  '--seeds',
  '2',
];

function playJson(...args: string[]): ResultCard {
  const { code, out, err } = run(...args);
  if (code !== 0) throw new Error(err);
  return JSON.parse(out) as ResultCard;
}
const withoutTimes = ({ seconds: _, protocols, ...card }: ResultCard) => ({
  ...card,
  protocols: protocols.map(({ seconds: __, ...protocol }) => protocol),
});
const poisonOf = (runs: string, id: string) => readFileSync(join(folder, runs, id, 'poison.safetensors'));

describe('a game with Gradient Canceling', () => {
  let card: ResultCard;
  beforeAll(() => {
    card = playJson(...reversed, '--runs-dir', 'first');
  }, longest);

  it('poisons 3% of the rows with a target within reach, and ruins the defender', () => {
    expect(card.poisonCount).toBe(60);
    expect(card.target).toMatchObject({ kind: 'reversed' });
    expect(card.target?.tau).toBeLessThan(0.03);
    expect(card.residual?.after).toBeLessThan(0.1 * (card.residual?.before ?? 0));
    const [stochastic] = card.protocols;
    expect(stochastic?.clean.mean).toBeGreaterThan(70);
    expect(stochastic?.drop.mean).toBeGreaterThan(50);
    expect(stochastic?.drop.values).toHaveLength(2);
    expect(card.constraint.violations).toEqual([]);
  });

  it('keeps everything that the card speaks of', () => {
    const path = join(folder, 'first', card.id);
    const manifest = parseManifest(readFileSync(join(path, 'manifest.json'), 'utf8'), 'manifest.json');
    expect(manifestDigest(manifest)).toBe(card.manifestDigest);
    const { tensors } = decodeSafetensors(poisonOf('first', card.id));
    expect(Object.fromEntries(tensors.map(({ name, shape }) => [name, shape]))).toEqual({
      x: [60, 784],
      y: [60],
      base: [60],
    });
    expect(readdirSync(join(path, 'logs')).sort()).toEqual(['attacker.log', 'evaluator.log', 'trainer.log']);
    const report = readFileSync(join(path, 'report.html'), 'utf8');
    expect(report).not.toMatch(/NaN|undefined|(src|href)="(?!data:)/);
    expect(report.match(/data:image\/png/g)?.length).toBeGreaterThanOrEqual(24);
  });

  it(
    'gives the same bytes again, and others for another seed',
    () => {
      const again = playJson(...reversed, '--runs-dir', 'second', ...seated());
      expect(withoutTimes(again)).toEqual(withoutTimes(card));
      expect(poisonOf('second', again.id).equals(poisonOf('first', card.id))).toBe(true);
      const other = playJson(...reversed, '--runs-dir', 'first', '--seed', '5', '--protocol', 'p-gc', ...seated());
      expect(poisonOf('first', other.id).equals(poisonOf('first', card.id))).toBe(false);
    },
    longest,
  );

  it(
    'shows a finished run instead of playing it again',
    () => {
      expect(playJson('resume', card.id, '--runs-dir', 'first', '--json')).toEqual(card);
      expect(playJson(...reversed, '--runs-dir', 'first', '--reuse', ...seated())).toEqual(card);
    },
    longest,
  );

  it(
    "tells the target's threshold again",
    () => {
      const { out } = run('threshold', '--run', card.id, '--runs-dir', 'first', '--json', ...seated());
      expect((JSON.parse(out) as { tau: number }).tau).toBeCloseTo(card.target?.tau ?? NaN, 6);
    },
    longest,
  );
});

it(
  'stays within the box where it is told to',
  () => {
    const card = playJson(
      ...digits,
      '--attack',
      'gradient-canceling',
      '--constraint',
      'box',
      '--protocol',
      'p-gc',
      '--seeds',
      '1',
      '--option',
      'iterations=5',
      ...seated(),
    );
    expect(card.constraint).toMatchObject({ kind: 'box', violations: [] });
    const x = decodeSafetensors(poisonOf('runs', card.id)).tensors.find(({ name }) => name === 'x');
    const values = x === undefined ? [] : [...float32Of(x)];
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...values)).toBeLessThanOrEqual(1);
  },
  longest,
);

it(
  'trains only at fraction 0',
  () => {
    const card = playJson(
      'play',
      '--dataset',
      'gaussians',
      '--model',
      'lr',
      '--poison-fraction',
      '0',
      '--protocol',
      'p-gc,converged',
      '--json',
      ...seated(),
    );
    expect(card).toMatchObject({ attack: 'none', poisonCount: 0 });
    expect(card.protocols.map(({ drop }) => drop.values)).toEqual([[0, 0, 0], [0]]);
    expect(card.protocols[1]?.gradientNorm.max).toBeLessThan(1e-4);
    expect(card.protocols[0]?.clean.mean).toBeGreaterThan(90);
  },
  longest,
);

it.each<[string, string[], RegExp]>([
  ['model', ['--model', 'resnet'], /--model is "resnet"; allowed: lr/],
  ['attack', ['--model', 'lr', '--attack', 'tgdaa'], /--attack is "tgdaa"; allowed: label-flip, gradient-canceling/],
  ['option', ['--model', 'lr', '--attack', 'label-flip', '--option', 'size=3'], /label-flip is "size"; allowed: /],
  ['protocol', ['--model', 'lr', '--attack', 'label-flip', '--protocol', 'p-x'], /--protocol is "p-x"; allowed: p-gc/],
])(
  'refuses an unknown %s by what the services offer',
  (_, args, message) => {
    const { code, out, err } = run(
      'play',
      '--dataset',
      'gaussians',
      '--attack',
      'label-flip',
      ...args,
      '--json',
      ...seated(),
    );
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(message);
    expect(err.trimEnd().split('\n')).toHaveLength(1);
  },
  longest,
);

it(
  'corrupts parameters at exactly the radius asked for',
  () => {
    const { out } = run(
      'corrupt',
      '--dataset',
      'synthetic-digits',
      '--train-limit',
      '1000',
      '--model',
      'lr',
      '--epsilon-w',
      '0.5',
      '--json',
      ...seated(),
    );
    const found = JSON.parse(out) as {
      distance: number;
      clean: number;
      corrupted: number;
      tau: number;
      reported: unknown;
    };
    expect(Math.abs(found.distance - 0.5)).toBeLessThan(1e-5);
    expect(found.corrupted).toBeLessThan(found.clean - 10);
    expect(found.tau).toBeGreaterThan(0);
    expect(found.reported).toBeNull();
  },
  longest,
);

describe('when something dies', () => {
  const slow = [
    ...digits.filter((word) => word !== '--json'),
    '--attack',
    'label-flip',
    '--protocol',
    'p-gc',
    '--seeds',
    '2',
    '--fresh',
  ];

  /** Starts a game and waits until its clean training has begun. */
  async function begun(runs: string): Promise<{ child: ChildProcess; id: string; said: () => string }> {
    const child = spawn(process.execPath, [theriac, ...slow, '--runs-dir', runs], { cwd: folder });
    let said = '';
    child.stderr.on('data', (text: Buffer) => (said += text.toString('utf8')));
    while (!said.includes('train on clean data')) {
      if (child.exitCode !== null) throw new Error(said);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return { child, id: readdirSync(join(folder, runs)).find((name) => !name.startsWith('.')) ?? '', said: () => said };
  }
  const ended = (child: ChildProcess): Promise<number | null> =>
    new Promise((resolve) => child.once('exit', (code) => resolve(code)));
  const childrenOf = (pid: number | undefined): { pid: number; role: string }[] =>
    spawnSync('ps', ['-o', 'pid=,args=', '--ppid', String(pid)], { encoding: 'utf8' })
      .stdout.split('\n')
      .flatMap((line) => {
        const match = /^\s*(\d+).*services\/(\w+)\/dist\/main\.js/.exec(line);
        return match === null ? [] : [{ pid: Number(match[1]), role: match[2] ?? '' }];
      });

  it(
    'names the service that died, and goes on when asked',
    async () => {
      const { child, id, said } = await begun('service');
      const exit = ended(child);
      const trainer = childrenOf(child.pid).find(({ role }) => role === 'trainer');
      process.kill(trainer?.pid ?? 0, 'SIGKILL');
      expect(await exit).toBe(1);
      expect(said().trimEnd().split('\n').at(-1)).toMatch(
        /^theriac: the trainer died \(signal SIGKILL\).*theriac resume/,
      );
      const card = playJson('resume', id, '--runs-dir', 'service', '--json');
      expect(card.protocols[0]?.drop.values).toHaveLength(2);
    },
    longest,
  );

  it(
    'goes on after kill -9 with the same bytes, and leaves no service behind',
    async () => {
      const { child, id } = await begun('driver');
      const exit = ended(child);
      const services = childrenOf(child.pid);
      expect(services.map(({ role }) => role).sort()).toEqual(['attacker', 'evaluator', 'trainer']);
      child.kill('SIGKILL');
      await exit;
      const card = playJson('resume', id, '--runs-dir', 'driver', '--json');
      const whole = playJson(...slow, '--runs-dir', 'undisturbed', '--json', ...seated());
      expect(withoutTimes(card)).toEqual(withoutTimes(whole));
      expect(poisonOf('driver', id).equals(poisonOf('undisturbed', whole.id))).toBe(true);
      for (const { pid } of services) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    },
    longest,
  );

  it(
    'ends on Ctrl-C with 130 and says how to go on',
    async () => {
      const { child, said } = await begun('interrupted');
      const exit = ended(child);
      const services = childrenOf(child.pid);
      child.kill('SIGINT');
      expect(await exit).toBe(130);
      expect(said()).toMatch(/theriac: interrupted.*theriac resume /);
      for (const { pid } of services) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    },
    longest,
  );
});
