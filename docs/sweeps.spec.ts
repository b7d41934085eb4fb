/** Follows docs/sweeps.md: its plan is written down, its commands run, its keys are those there are. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { settingsFields } from '../apps/cli/src/tables/cell-file';
import { follow, readPage } from './page-commands';

const { page, commands } = readPage('sweeps.md');
const [, file = '', plan = ''] = /^```yaml file=(\S+)\n([\s\S]*?)^```$/m.exec(page) ?? [];
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'theriac-docs-'));
  writeFileSync(path.join(folder, file), plan);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const said = new Map<string, RegExp>([
  ['npx theriac sweep plan.yaml --dry-run', /^4 games, 0 played\.$/m],
  ['npx theriac sweep plan.yaml', /3 +gradient-canceling +0\.03 +stable-sgd@3 +\d/],
  ['npx theriac sweep plan.yaml --index 3', /gradient-canceling/],
]);

it('says what each command is good for', () => expect(commands).toEqual([...said.keys()]));

it.each(commands)(
  'can be followed: %s',
  (line) => expect(follow(line, folder)).toMatch(said.get(line) ?? /^$/),
  180_000,
);

it('names every key of a game', () => {
  for (const key of Object.keys(settingsFields.game)) expect(page).toContain(`\`${key}\``);
});
