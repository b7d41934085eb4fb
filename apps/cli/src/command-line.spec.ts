/** The command line as a user meets it: spawned, with its exit codes, one line of error, and nothing else on standard output. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const theriac = join(__dirname, '..', 'bin', 'theriac.cjs');
let folder: string;
beforeAll(() => {
  if (!existsSync(join(__dirname, '..', 'dist', 'main.js')))
    throw new Error('These tests run what is built: npx nx run-many -t build');
  folder = mkdtempSync(join(tmpdir(), 'theriac-command-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(...args: string[]): { code: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [theriac, ...args], { cwd: folder, encoding: 'utf8' });
  return { code: status, out: stdout, err: stderr };
}
const play = (...args: string[]) =>
  run('play', '--dataset', 'gaussians', '--model', 'lr', '--attack', 'label-flip', ...args);

it('has help and a version', () => {
  const help = run('--help');
  expect(help).toMatchObject({ code: 0, err: '' });
  for (const verb of ['play', 'resume', 'corrupt', 'threshold', 'table', 'attacks', 'datasets', 'doctor', 'demo'])
    expect(help.out).toMatch(new RegExp(`^  ${verb} `, 'm'));
  expect(run('--version').out).toMatch(/^\d+\.\d+\.\d+\n$/);
  expect(run('play', '--help').out).toContain('--poison-fraction');
});

it.each<[string, () => ReturnType<typeof run>, RegExp]>([
  ['an unknown verb', () => run('paly'), /unknown command 'paly'/],
  ['an unknown flag', () => play('--posion-fraction', '0.03'), /unknown option '--posion-fraction'/],
  ['a missing model', () => run('play', '--dataset', 'gaussians'), /--model/],
  [
    'an unknown data set',
    () => run('play', '--dataset', 'mist', '--model', 'lr'),
    /--dataset is "mist"; allowed: mnist/,
  ],
  ['a negative fraction', () => play('--poison-fraction', '-0.03'), /--poison-fraction is "-0.03"; allowed/],
  ['a fraction that is no number', () => play('--poison-fraction', 'NaN'), /--poison-fraction is "NaN"; allowed/],
  [
    'a corruption of no radius',
    () => run('corrupt', '--model', 'lr', '--epsilon-w', '0'),
    /--epsilon-w is "0"; allowed/,
  ],
  [
    'a radius for a target without one',
    () => run('threshold', '--target', 'clean', '--epsilon-w', '1'),
    /--epsilon-w is "1"; allowed: nothing/,
  ],
  [
    'an unknown target',
    () => run('threshold', '--target', 'best'),
    /--target is "best"; allowed: clean, gradpc, scaled, reversed/,
  ],
  [
    'an unknown profile',
    () => run('table', 'comparisons-3-percent', '--profile', 'fast'),
    /--profile is "fast"; allowed: quick, standard, paper/,
  ],
  [
    'cells that are none',
    () => run('table', 'comparisons-3-percent', '--cells', 'svm-*'),
    /--cells is "svm-\*"; allowed: lr-clean/,
  ],
  ['a threshold of nothing', () => run('threshold'), /allowed: one of --run/],
])('refuses %s in one line', (_, attempt, message) => {
  const { code, out, err } = attempt();
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toMatch(message);
  expect(err.trimEnd().split('\n')).toHaveLength(1);
  expect(readdirSync(folder)).toEqual([]);
});

it('refuses to add everything', () => {
  const { code, out, err } = play('--poison-fraction', 'everything');
  expect({ code, out }).toEqual({ code: 1, out: '' });
  expect(err).toMatch(/--poison-fraction is everything, but this attack adds rows.*allowed: a finite ratio/);
  expect(err.trimEnd().split('\n')).toHaveLength(1);
  expect(readdirSync(folder)).toEqual([]);
});

it('says which runs there are when one is unknown', () => {
  expect(run('resume', 'nothing')).toMatchObject({
    code: 1,
    out: '',
    err: expect.stringContaining('there is no run "nothing"'),
  });
});

it('says which tables there are when one is unknown', () => {
  const { code, out, err } = run('table', 'comparison');
  expect({ code, out }).toEqual({ code: 1, out: '' });
  expect(err).toMatch(
    /there is no table "comparison".*allowed: cifar-comparisons, collective-action, comparisons-3-percent/,
  );
});

it('shows the stack only when asked for', () => {
  const { stderr } = spawnSync(process.execPath, [theriac, 'resume', 'x'], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, THERIAC_DEBUG: '1' },
  });
  expect(stderr).toMatch(/\n\s+at /);
});

it('lists the data sets as JSON', () => {
  const { code, out } = run('datasets', '--json');
  expect(code).toBe(0);
  const listed = JSON.parse(out) as { id: string; state: string }[];
  expect(listed.find(({ id }) => id === 'gaussians')).toMatchObject({ state: 'ready', classes: 2, shape: [2] });
});
