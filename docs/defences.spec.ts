/** Follows docs/defences.md: what it says to run runs, and what it names is there. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { cli, follow, readPage } from './page-commands';

const { page, commands } = readPage('defences.md');

describe('docs/defences.md', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'theriac-docs-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(commands)(
    'can be followed: %s',
    (line) => {
      const stdout = follow(line, folder);
      const chain = /--defence (\S+)/.exec(line)?.[1];
      if (chain !== undefined) expect(stdout).toMatch(new RegExp(`Defence: ${chain.split(/[:,]/)[0] ?? ''}`));
    },
    180_000,
  );

  it('has every sanitiser and option that the trainer offers, and no other', () => {
    interface Offered {
      readonly id: string;
      readonly kind: string;
      readonly options: readonly { readonly name: string }[];
    }
    const offered = JSON.parse(
      execFileSync(process.execPath, [cli, 'defences', '--json'], { encoding: 'utf8' }),
    ) as Offered[];
    const rows = [...page.matchAll(/^\| `([a-z0-9-]+)` +\|.*\| ([^|]*) \| (?:yes|no) +\|$/gm)].map(
      ([, id, options = '']) => [id, [...options.matchAll(/`([a-z]+)`/g)].map(([, name]) => name)],
    );
    const sanitisers = offered.filter(({ kind }) => kind === 'sanitiser');
    expect(rows).toEqual(
      sanitisers.map(({ id, options }) => [id, options.map(({ name }) => name).filter((name) => name !== 'share')]),
    );
  }, 60_000);
});
