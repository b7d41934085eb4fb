import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const root = path.resolve(__dirname, '..');
const text = readFileSync(path.join(__dirname, 'tables.md'), 'utf8');
const cli = path.join(root, 'apps', 'cli', 'bin', 'theriac.cjs');
const blocks = [...text.matchAll(/^```(.*)\n([\s\S]*?)^```$/gm)].map(([, info = '', body = '']) => ({ info, body }));
const commands = blocks
  .filter(({ info }) => info.startsWith('sh'))
  .flatMap(({ info, body }) =>
    body
      .trim()
      .split('\n')
      .map((line) => ({ line, run: info === 'sh run' })),
  );
const flagsIn = (words: string): string[] => [...words.matchAll(/(?<=\s)--[a-z][a-z-]*/g)].map(([flag]) => flag);
const wordsOf = (line: string): string[] => line.replaceAll("'", '').split(' ').slice(2);

describe('docs/tables.md', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'theriac-docs-'));
    for (const { info, body } of blocks) {
      const file = /file=(\S+)/.exec(info)?.[1];
      if (file === undefined) continue;
      mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
      writeFileSync(path.join(folder, file), body);
    }
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each([...new Set(commands.map(({ line }) => wordsOf(line)[0] as string))])('names options of %s', (verb) => {
    const help = execFileSync(process.execPath, [cli, verb, '--help'], { encoding: 'utf8' });
    const lines = commands.filter(({ line }) => wordsOf(line)[0] === verb);
    expect(lines.flatMap(({ line }) => flagsIn(line)).filter((flag) => !flagsIn(help).includes(flag))).toEqual([]);
  });

  it.each(commands.filter(({ run }) => run).map(({ line }) => line))(
    'can be followed: %s',
    (line) => {
      const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...wordsOf(line)], {
        cwd: folder,
        encoding: 'utf8',
      });
      expect({ status, stderr }).toMatchObject({ status: 0 });
      expect(stdout).not.toBe('');
    },
    180_000,
  );

  it('leaves the cards and the page that it speaks of', () => {
    expect(readdirSync(path.join(folder, 'tables/digits/results/quick')).sort()).toEqual([
      'lr-clean.json',
      'lr-label-flip.json',
    ]);
    const page = readFileSync(path.join(folder, 'elsewhere/tables/digits-quick.html'), 'utf8');
    expect(page).toContain('2 of 2 cells measured');
    expect(page).not.toMatch(/NaN|undefined/);
    expect(existsSync(path.join(folder, 'runs'))).toBe(true);
  });

  it('names every table, with its page', () => {
    const tables = JSON.parse(execFileSync(process.execPath, [cli, 'table', '--json'], { encoding: 'utf8' })) as {
      name: string;
      page?: number;
    }[];
    const named = [...text.matchAll(/^\| `([a-z0-9-]+)` +\| +(\d*) \|/gm)].map(([, name, page]) => [
      name,
      page === '' ? undefined : Number(page),
    ]);
    expect(named.sort()).toEqual(tables.map(({ name, page }) => [name, page]).sort());
  });

  it('names every key of a cell', () => {
    const { settingsFields } = jest.requireActual<typeof import('../apps/cli/src/tables/cell-file')>(
      '../apps/cli/src/tables/cell-file',
    );
    for (const key of Object.values(settingsFields).flatMap((fields) => Object.keys(fields)))
      expect(text).toContain(`\`${key}\``);
  });
});
