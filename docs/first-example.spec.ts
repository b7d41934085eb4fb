/** Follows docs/first-example.md: the file it shows, and what running it prints. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(__dirname, '..');
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');
const page = read('docs/first-example.md');
const blocks = [...page.matchAll(/^```(.*)\n([\s\S]*?)^```$/gm)].map(([, info = '', text = '']) => ({ info, text }));
const only = (kind: RegExp): { info: string; text: string } => {
  const found = blocks.filter(({ info }) => kind.test(info));
  expect(found).toHaveLength(1);
  return found[0]!;
};

describe('docs/first-example.md', () => {
  it('shows the file as it is', () => {
    const { info, text } = only(/^js file=/);
    expect(text).toBe(read(info.slice('js file='.length)));
  });

  it('prints what running it prints', () => {
    const [program, ...args] = only(/^sh run$/)
      .text.trim()
      .split(' ');
    expect(program).toBe('node');
    expect(execFileSync(process.execPath, args, { cwd: root, encoding: 'utf8' })).toBe(only(/^text output$/).text);
  });

  it('plays what the command line knows', () => {
    const cli = path.join(root, 'apps', 'cli', 'bin', 'theriac.cjs');
    for (const line of only(/^sh$/).text.trim().split('\n')) {
      const [npx, theriac, verb = '', ...words] = line.split(' ');
      expect([npx, theriac]).toEqual(['npx', 'theriac']);
      const help = execFileSync(process.execPath, [cli, verb, '--help'], { encoding: 'utf8' });
      for (const flag of words.filter((word) => word.startsWith('--'))) expect(help).toContain(`${flag} `);
    }
  });
});
