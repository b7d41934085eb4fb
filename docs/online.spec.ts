import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { onlineAttacks, onlineDefences } from '@theriac/game/online';

const text = readFileSync(path.join(__dirname, 'online.md'), 'utf8');
const cli = path.resolve(__dirname, '..', 'apps', 'cli', 'bin', 'theriac.cjs');

describe('docs/online.md', () => {
  it('names options that there are', () => {
    const help = ['online', 'table']
      .map((verb) => execFileSync(process.execPath, [cli, verb, '--help'], { encoding: 'utf8' }))
      .join('');
    const named = new Set(text.match(/--[a-z][a-z-]*/g) ?? []);
    expect(named.size).toBeGreaterThan(10);
    expect([...named].filter((flag) => !help.includes(`${flag} `))).toEqual([]);
  });

  it.each([
    ['Attacks', onlineAttacks],
    ['Defences', onlineDefences],
  ])('names all %s, and every option of their own', (heading, all) => {
    const section = text.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
    const first = [...section.matchAll(/^\| `([a-z-]+)`/gm)].map(([, id]) => id);
    expect(first.sort()).toEqual(all.map(({ id }) => id).sort());
    for (const { options } of all)
      for (const { name } of options)
        // `step` is the length of what the section's formula moves by.
        if (name !== 'step') expect(section).toContain(`\`${name}\``);
  });
});
