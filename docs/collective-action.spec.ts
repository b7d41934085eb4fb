/** Follows docs/collective-action.md: its commands name verbs and options that exist, and its figures those of the card. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';

const cli = path.join(__dirname, '..', 'apps', 'cli', 'bin', 'theriac.cjs');
const page = readFileSync(path.join(__dirname, 'collective-action.md'), 'utf8');
const commands = [...page.matchAll(/^npx theriac (.*)$/gm)].map(([, line]) => (line as string).split(' '));

describe('docs/collective-action.md', () => {
  it('plays what the command line knows', () => {
    expect(commands.map(([verb]) => verb)).toEqual(['play', 'critical-mass', 'table']);
    for (const [verb = '', ...words] of commands) {
      const help = execFileSync(process.execPath, [cli, verb, '--help'], { encoding: 'utf8' });
      for (const flag of words.filter((word) => word.startsWith('--'))) expect(help).toContain(`${flag} `);
    }
  });

  it('names every strategy', () => {
    const folder = path.join(__dirname, '..', 'services', 'attacker', 'src', 'attacks', 'collective-action');
    const [, list = ''] = /strategies = \[(.*)\]/.exec(readFileSync(path.join(folder, 'options.ts'), 'utf8')) ?? [];
    const described = [...page.matchAll(/^\| `([a-z-]+)` +\| .*f\(g\(x\)\)/gm)].map(([, name]) => `'${name}'`);
    expect(described.join(', ')).toBe(list);
  });
});
