/** Follows docs/unlearnable-examples.md: what it says to run runs, and its card tells both accuracies. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ResultCard } from '@theriac/game';

const root = path.resolve(__dirname, '..');
const cli = path.join(root, 'apps', 'cli', 'bin', 'theriac.cjs');
const page = readFileSync(path.join(__dirname, 'unlearnable-examples.md'), 'utf8');
const command = /^```sh run\nnpx theriac (.*)\n```$/m.exec(page)?.[1] ?? '';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'theriac-docs-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const theriac = (line: string) =>
  spawnSync(process.execPath, [cli, ...line.split(' ')], { cwd: folder, encoding: 'utf8' });

it('can be followed: everything is replaced, and the card tells the accuracy on the rows of training', () => {
  const { status, stdout, stderr } = theriac(`${command} --json`);
  expect({ status, stderr }).toMatchObject({ status: 0 });
  const card = JSON.parse(stdout) as ResultCard;
  expect(card).toMatchObject({ placement: 'replaced', poisonFraction: 1, poisonCount: 300 });
  expect(card.constraint.violations).toEqual([]);
  const { training } = card.protocols[0]!;
  expect(training?.poisoned.mean).toBeGreaterThan(10);
  expect(training?.clean.mean).toBeGreaterThan(10);
}, 180_000);

it.each([
  ['everything', 'label-flip', /adds rows to clean data and cannot replace them/],
  ['1.5', 'unlearnable-examples', /a share of the clean rows from 0 to 1/],
])(
  'refuses a fraction of %s to %s',
  (fraction, attack, message) => {
    const { status, stderr } = theriac(
      `play --dataset synthetic-digits --train-limit 300 --model lr --attack ${attack} --poison-fraction ${fraction} --quiet`,
    );
    expect(status).not.toBe(0);
    expect(stderr).toMatch(message);
  },
  180_000,
);
