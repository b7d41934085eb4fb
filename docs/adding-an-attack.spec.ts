/** Follows docs/adding-an-attack.md in a copy of what it touches. */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const root = path.resolve(__dirname, '..');
const page = readFileSync(path.join(root, 'docs', 'adding-an-attack.md'), 'utf8');
const blocks = [...page.matchAll(/^```(.*)\n([\s\S]*?)^```$/gm)].map(([, info = '', text = '']) => ({ info, text }));
const linesOf = (kind: string): string[] =>
  blocks.filter(({ info }) => info === kind).flatMap(({ text }) => text.trim().split('\n'));

const copied = [
  'package.json',
  'jest.config.cjs',
  '.swcrc',
  '.prettierrc',
  'tools/new-attack.mjs',
  'tools/setup/command.mjs',
  'tools/jest-environment.cjs',
  'services/attacker/src',
];
let scratch = '';

beforeAll(() => {
  scratch = mkdtempSync(path.join(tmpdir(), 'theriac-attack-'));
  for (const file of copied.filter((name) => existsSync(path.join(root, name))))
    cpSync(path.join(root, file), path.join(scratch, file), { recursive: true });
  symlinkSync(path.join(root, 'node_modules'), path.join(scratch, 'node_modules'), 'dir');
});

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const made = (file: string): string => readFileSync(path.join(scratch, file), 'utf8');

/** A command of the page, in the copy; its standard output and error. */
function follow(line: string): string {
  const words = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? (plain as string));
  const [program, ...args] =
    words[0] === 'npx'
      ? [process.execPath, path.join(root, 'node_modules/jest/bin/jest.js'), ...words.slice(2)]
      : words;
  if (words[0] === 'npx') expect(words[1]).toBe('jest');
  return execFileSync(program as string, args, { cwd: scratch, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

const generate = (...args: string[]): { status: number; output: string } => {
  try {
    const output = execFileSync(process.execPath, ['tools/new-attack.mjs', ...args], {
      cwd: scratch,
      encoding: 'utf8',
      stdio: 'pipe',
    });
    return { status: 0, output };
  } catch (error) {
    const { status, stdout, stderr } = error as { status: number; stdout: string; stderr: string };
    return { status, output: stdout + stderr };
  }
};

describe('the page about adding an attack', () => {
  it.each(linesOf('sh run'))('can be followed: %s', (line) => expect(() => follow(line)).not.toThrow(), 180_000);

  it('shows the file that is made, as it is', () => {
    const shown = blocks.filter(({ info }) => info.startsWith('ts file='));
    expect(shown).toHaveLength(1);
    for (const { info, text } of shown) expect(text).toBe(made(info.slice('ts file='.length)));
  });

  it('plays what the command line knows', () => {
    const cli = path.join(root, 'apps', 'cli', 'bin', 'theriac.cjs');
    const played = linesOf('sh').filter((line) => line.startsWith('npx theriac'));
    expect(played.length).toBeGreaterThan(1);
    for (const line of played) {
      const help = execFileSync(process.execPath, [cli, line.split(' ')[2] as string, '--help'], { encoding: 'utf8' });
      for (const [flag] of line.matchAll(/--[a-z-]+/g)) expect(help).toContain(flag);
    }
  });

  it('names helpers that exist', () => {
    const sources = ['ascent', 'input-gradient', 'unrolled-descent', 'leader-loss', 'pixel-step'].map((name) =>
      made(`services/attacker/src/derivatives/${name}.ts`),
    );
    const follower = readFileSync(path.join(root, 'libs/game/src/follower.ts'), 'utf8');
    for (const name of [
      'ascended',
      'inputGradient',
      'descentTrajectory',
      'poisonHypergradient',
      'leaderLoss',
      'withinGamma',
      'poisonOf',
    ]) {
      expect(page).toContain(`\`${name}\``);
      expect(sources.some((text) => text.includes(`function ${name}(`))).toBe(true);
    }
    for (const [, call] of page.matchAll(/game\.follower\.(\w+)\(/g))
      expect(follower).toContain(`  ${call as string}(`);
  });
});

describe('the generator of attacks', () => {
  const registry = 'services/attacker/src/attacks/registry.ts';

  it('adds its line among the others, and leaves the template alone', () => {
    expect(generate('an-attack-2').status).toBe(0);
    expect(made(registry)).toContain("import { anAttack2 } from './an-attack-2';\nimport { backGradient }");
    expect(made(registry)).toMatch(/anAttack2,?\s*\];/);
    expect(made('services/attacker/src/attacks/an-attack-2.ts')).toContain("id: 'an-attack-2'");
    expect(made('services/attacker/src/attacks/an-attack-2.ts')).toMatch(/^\/\*\*\n \* An attack 2: /);
    expect(made('services/attacker/src/template/my-attack.ts')).toContain("id: 'my-attack'");
  });

  it.each([
    [['My-Attack'], /allowed: lower-case words joined by hyphens/],
    [['../evil'], /allowed: lower-case words/],
    [['my--attack'], /allowed: lower-case words/],
    [['a'.repeat(41)], /at most 40 characters/],
    [['delete'], /the code needs for itself/],
    [['registry'], /the code needs for itself/],
    [['label-flip'], /is taken/],
    [['gradient-canceling'], /is taken/],
    [[], /Usage: npm run new:attack/],
    [['one', 'two'], /Usage/],
  ])('refuses %j and writes nothing', (args, message) => {
    const before = made(registry);
    const { status, output } = generate(...args);
    expect(status).toBe(1);
    expect(output).toMatch(message);
    expect(made(registry)).toBe(before);
  });

  it('explains itself', () => {
    expect(generate('--help')).toMatchObject({ status: 0, output: expect.stringContaining('<id>') });
  });
});
