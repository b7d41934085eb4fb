/** Sweeps through the built command: killed and gone on with, in any order, to the bytes of games that were played alone. */
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ResultCard } from '@theriac/game';
import { builtCommand, theriac, withoutTimes } from '../fakes/built-command';
import type { BuiltCommand } from '../fakes/built-command';

const longest = 120_000;
let command: BuiltCommand;
beforeAll(() => {
  command = builtCommand();
  writeFileSync(
    join(command.folder, 'plan.yaml'),
    `game: { dataset: synthetic-digits, model: lr, train-limit: 300, protocols: [stable-sgd@3], attacker-protocol: stable-sgd@3, seeds: 1 }
grid:
  attack: [label-flip, gradient-canceling]
  seed: [0, 1]
options-of: { gradient-canceling: { target: reversed } }
`,
  );
});
afterAll(() => command.remove());

interface SweepDocument {
  readonly count: number;
  readonly games: readonly { readonly choices: readonly string[]; readonly run: string; readonly card: ResultCard }[];
}

const kept = (runs: string): string[] => {
  const folder = join(command.folder, runs, '.sweeps');
  return existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')) : [];
};

async function until(what: () => boolean): Promise<void> {
  while (!what()) await new Promise((resolve) => setTimeout(resolve, 20));
}

function started(plan: string, ...args: string[]): ChildProcess {
  return spawn(process.execPath, [theriac, 'sweep', plan, ...args], { cwd: command.folder, stdio: 'ignore' });
}

it(
  'goes on after a kill, plays nothing twice, and ends in the cards of games that were played alone',
  async () => {
    const driver = started('plan.yaml', '--runs-dir', 'swept', '--cores', '2');
    await until(() => kept('swept').length > 0 || driver.exitCode !== null);
    driver.kill('SIGKILL');
    await once(driver, 'exit');
    const before = kept('swept');
    expect(before.length).toBeGreaterThan(0);
    const times = before.map((name) => readFileSync(join(command.folder, 'swept', '.sweeps', name), 'utf8'));

    const { code, out, err } = command.run('sweep', 'plan.yaml', '--runs-dir', 'swept', '--json');
    expect([code, err]).toEqual([0, '']);
    const { count, games } = JSON.parse(out) as SweepDocument;
    expect(count).toBe(4);
    expect(games.map(({ choices }) => choices.join())).toEqual([
      'label-flip,0',
      'label-flip,1',
      'gradient-canceling,0',
      'gradient-canceling,1',
    ]);
    expect(before.map((name) => readFileSync(join(command.folder, 'swept', '.sweeps', name), 'utf8'))).toEqual(times);
    const runs = readdirSync(join(command.folder, 'swept')).filter((name) => name.startsWith('synthetic'));
    expect(runs.sort()).toEqual(games.map(({ run }) => run).sort());

    const alone = command.run('sweep', 'plan.yaml', '--index', '3', '--runs-dir', 'alone', '--json');
    expect(withoutTimes(JSON.parse(alone.out) as ResultCard)).toEqual(withoutTimes(games[3]?.card as ResultCard));
    expect(command.poison('swept', games[3]?.run ?? '')).toEqual(command.poison('alone', games[3]?.run ?? ''));

    const again = command.run('sweep', 'plan.yaml', '--runs-dir', 'swept');
    expect(again.err).toContain('4 games, 4 played before');
    expect(again.out).toMatch(/gradient-canceling +1 +stable-sgd@3/);
    expect(
      readFileSync(join(command.folder, 'swept', 'sweeps', 'plan.csv'), 'utf8')
        .trim()
        .split('\n'),
    ).toHaveLength(5);
  },
  longest,
);

it(
  'gives the game of a worker that died to another one, which plays what the plan said at the beginning',
  async () => {
    copyFileSync(join(command.folder, 'plan.yaml'), join(command.folder, 'changing.yaml'));
    const driver = started('changing.yaml', '--runs-dir', 'worker', '--cores', '1');
    const children = (): number[] =>
      readFileSync(`/proc/${driver.pid}/task/${driver.pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
    await until(() => readRuns('worker').length > 0);
    writeFileSync(join(command.folder, 'changing.yaml'), 'game: [');
    for (const pid of children()) process.kill(pid, 'SIGKILL');
    const [code] = (await once(driver, 'exit')) as [number | null];
    expect(code).toBe(0);
    expect(kept('worker')).toHaveLength(4);
  },
  longest,
);

const readRuns = (runs: string): string[] => {
  const folder = join(command.folder, runs);
  return existsSync(folder) ? readdirSync(folder).filter((name) => name.startsWith('synthetic')) : [];
};

it(
  'notes a game that fails, plays the others, and ends with exit code 1',
  () => {
    writeFileSync(
      join(command.folder, 'broken.yaml'),
      'game: { dataset: synthetic-digits, model: lr, train-limit: 300, protocols: [stable-sgd@3], attacker-protocol: stable-sgd@3, seeds: 1 }\ngrid: { attack: [label-flip, nothing-of-the-kind] }\n',
    );
    const { code, out, err } = command.run('sweep', 'broken.yaml', '--runs-dir', 'broken');
    expect(code).toBe(1);
    expect(err).toMatch(/game 1 failed: .*nothing-of-the-kind/);
    expect(err).toMatch(/1 of 2 games failed/);
    expect(out).toMatch(/nothing-of-the-kind +not played/);
  },
  longest,
);

it(
  'shares the games with another sweep in the same folder',
  async () => {
    const both = [0, 1].map(() => started('plan.yaml', '--runs-dir', 'both', '--cores', '1'));
    const codes = await Promise.all(both.map((driver) => once(driver, 'exit')));
    expect(codes.map(([code]) => code as number)).toEqual([0, 0]);
    expect(kept('both')).toHaveLength(4);
    expect(readRuns('both')).toHaveLength(4);
  },
  longest,
);

it(
  'stops with one line where the disk is full, keeps what was played, and goes on when there is room',
  async () => {
    // What the disk says is made up here; the processes and files are real.
    writeFileSync(
      join(command.folder, 'disk.cjs'),
      `const fs = require('node:fs');
      const write = fs.writeSync;
      fs.writeSync = (...args) => {
        if (fs.existsSync('full') && args[0] > 2) throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
        return write(...args);
      };`,
    );
    const words = [theriac, 'sweep', 'plan.yaml', '--runs-dir', 'disk', '--cores', '1', '--quiet'];
    const environment = { cwd: command.folder, env: { ...process.env, NODE_OPTIONS: '--require ./disk.cjs' } };
    const driver = spawn(process.execPath, words, { ...environment, stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    driver.stderr.on('data', (text: Buffer) => (said += text.toString()));
    await until(() => kept('disk').length > 0 || driver.exitCode !== null);
    writeFileSync(join(command.folder, 'full'), '');
    const [code] = (await once(driver, 'close')) as [number | null];
    expect(code).toBe(1);
    expect(said).toMatch(
      /^theriac: the sweep stopped: .* cannot be written: the disk is full.* goes on with what is missing\.\n$/,
    );
    const before = kept('disk').length;
    expect(before).toBeGreaterThan(0);
    rmSync(join(command.folder, 'full'));
    const { stderr } = spawnSync(process.execPath, words.slice(0, -1), { ...environment, encoding: 'utf8' });
    expect(stderr).toContain(`4 games, ${before} played before`);
    expect(kept('disk')).toHaveLength(4);
  },
  longest,
);

it(
  'takes no more memory for a long plan than for a short one',
  () => {
    writeFileSync(
      join(command.folder, 'peak.cjs'),
      "process.on('exit', () => require('node:fs').writeSync(2, `peak ${process.resourceUsage().maxRSS}`));",
    );
    const peak = (side: number): number => {
      const values = [...Array(side).keys()].map((k) => 1000 + k).join();
      writeFileSync(
        join(command.folder, 'long.yaml'),
        `game: { dataset: mnist, model: lr, attack: label-flip }\ngrid: { seed: [${values}], train-limit: [${values}] }\n`,
      );
      const { stdout, stderr } = spawnSync(
        process.execPath,
        ['--require', './peak.cjs', theriac, 'sweep', 'long.yaml', '--dry-run'],
        { cwd: command.folder, encoding: 'utf8' },
      );
      expect(stdout.trimEnd().split('\n')).toHaveLength(side * side + 1);
      return Number(/peak (\d+)/.exec(stderr)?.[1]);
    };
    expect(peak(100) / peak(3)).toBeLessThan(1.3);
  },
  longest,
);
