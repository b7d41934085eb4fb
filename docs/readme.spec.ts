import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const root = path.resolve(__dirname, '..');
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');
const readme = read('README.md');
const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
const cli = path.join(root, 'apps', 'cli', 'bin', 'theriac.cjs');

const blocks = [...readme.matchAll(/^```(.*)\n([\s\S]*?)^```$/gm)].map(([, info = '', text = '']) => ({ info, text }));
const commands = blocks
  .filter(({ info }) => info.startsWith('sh'))
  .flatMap(({ info, text }) =>
    text
      .trim()
      .split('\n')
      .map((line) => ({ line, run: info === 'sh run' })),
  );

/** Rows of the table under a heading: what stands in backquotes in the first column. */
function firstColumn(heading: string): string[] {
  const section = readme.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  return [...section.matchAll(/^\| `([^`]+)`/gm)].map(([, name]) => name as string);
}

const flagsIn = (text: string): string[] => [...text.matchAll(/(?<=\s)--[a-z][a-z-]*/g)].map(([flag]) => flag);

function programOf(words: readonly string[]): string[] | undefined {
  if (words[0] === 'npx' && words[1] === 'theriac') return [cli, words[2] ?? ''];
  if (words[0] === 'node') return [path.join(root, words[1] ?? '')];
  return undefined;
}

describe('the README', () => {
  it('has blocks of known kinds only', () => {
    const kinds = new Set(blocks.map(({ info }) => info.split(' ')[0]));
    expect([...kinds].sort()).toEqual(['', 'python', 'sh']);
  });

  it('shows files as they are', () => {
    const shown = blocks.filter(({ info }) => info.includes('file='));
    expect(shown.length).toBeGreaterThan(0);
    for (const { info, text } of shown) expect(text).toBe(read(/file=(\S+)/.exec(info)?.[1] as string));
  });

  it.each(commands.map(({ line }) => line))('names what exists: %s', (line) => {
    const words = line.split(' ');
    if (words[0] === 'npm') {
      expect(Object.keys(scripts)).toContain(words[1] === 'run' ? words[2] : words[1]);
      return;
    }
    const program = programOf(words);
    if (program !== undefined) {
      const help = execFileSync(process.execPath, [...program, '--help'], { encoding: 'utf8' });
      expect(flagsIn(line).filter((flag) => !flagsIn(help).includes(flag))).toEqual([]);
      return;
    }
    const file = words.find((word) => word.includes('/')) ?? '';
    expect(words[0]).toBe('python3');
    expect(existsSync(path.join(root, file))).toBe(true);
  });

  const runnable = commands.filter(({ run }) => run).map(({ line }) => line);

  it.each(runnable)(
    'can be followed: %s',
    (line) => {
      const folder = mkdtempSync(path.join(tmpdir(), 'theriac-readme-'));
      try {
        const [, , ...args] = line.split(' ');
        const output = execFileSync(process.execPath, [cli, ...args], { cwd: folder, encoding: 'utf8', stdio: 'pipe' });
        expect(output).not.toBe('');
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
    180_000,
  );

  it('names every verb', () => {
    const help = execFileSync(process.execPath, [cli, '--help'], { encoding: 'utf8' });
    const verbs = [...help.split('Commands:')[1]!.matchAll(/^ {2}([a-z-]+)/gm)].map(([, verb]) => verb as string);
    expect(firstColumn('Play').sort()).toEqual(verbs.filter((verb) => verb !== 'help').sort());
  });

  it('names attacks that there are', () => {
    const registry = read('services/attacker/src/attacks/registry.ts').split('export const attacks')[1]!;
    const camelCase = (id: string): string => id.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
    const named = firstColumn('Attacks').map(camelCase);
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((id) => !new RegExp(`\\b${id}\\b`).test(registry))).toEqual([]);
  });

  it('names every setting that the sources read, and no other', () => {
    const sources = ['libs', 'services', 'apps', 'bench', 'tools', 'examples'].flatMap((folder) =>
      readdirSync(path.join(root, folder), { recursive: true })
        .map((name) => path.join(folder, String(name)))
        .filter((name) => /\.(ts|mjs|cjs)$/.test(name) && !/node_modules|dist|\.spec\.ts$/.test(name)),
    );
    const named = new Set(sources.flatMap((file) => read(file).match(/THERIAC_[A-Z_]+/g) ?? []));
    expect(firstColumn('Settings').sort()).toEqual([...named].sort());
  });
});
