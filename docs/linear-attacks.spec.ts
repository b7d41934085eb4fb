/** Follows docs/linear-attacks.md: what it says to run runs, and what it names is there. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { constraintKinds, parseConstraintText } from '@theriac/game';
import { follow, readPage } from './page-commands';

const { page, commands } = readPage('linear-attacks.md');

describe('docs/linear-attacks.md', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'theriac-docs-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(commands)(
    'can be followed: %s',
    (line) => {
      expect(follow(line, folder)).toMatch(/Constraint: .*, kept/);
    },
    180_000,
  );

  it('has every kind of constraint with its options', () => {
    const section = page.slice(page.indexOf('## Constraints by class'), page.indexOf('## The defender'));
    const rows = [...section.matchAll(/^\| `([a-z-]+)` +\| .* \| ([^|]*) \|$/gm)];
    for (const [, kind = '', options = ''] of rows)
      for (const [, name] of options.matchAll(/`([a-z]+)`/g))
        expect(parseConstraintText(`${kind}:${name}=0.5`)[0]).toMatchObject({ kind, options: { [name ?? '']: 0.5 } });
    expect(rows.map(([, kind]) => kind)).toEqual(constraintKinds.slice(4));
  });
});
