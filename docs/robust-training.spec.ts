/** Follows docs/robust-training.md: what it says to run runs, what it names is there, and what it promises holds. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ResultCard } from '@theriac/game';
import { cli, follow, readPage } from './page-commands';

const { page, commands } = readPage('robust-training.md');

describe('docs/robust-training.md', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'theriac-docs-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** The card of a command of the page. */
  function played(line: string): ResultCard {
    return JSON.parse(follow(line, folder, '--json')) as ResultCard;
  }

  it('can be followed: private and adversarial training, with epsilon in the card', () => {
    const [protocol] = played(commands[0]!).protocols;
    expect(protocol?.privacy).toMatchObject({ delta: 1e-5, noise: 0.8, clip: 1 });
    expect(protocol?.privacy?.epsilon).toBeGreaterThan(0);
    expect(protocol?.poisoned.mean).toBeGreaterThan(0);
  }, 300_000);

  it('can be followed: a vote, which poison leads no lower than its certificates say', () => {
    const { protocols, poisonCount } = played(commands[1]!);
    expect(poisonCount).toBe(3);
    const { vote, poisoned, clean } = protocols[0]!;
    expect(vote?.members).toBe(15);
    expect(vote?.floor?.mean).toBeGreaterThan(0);
    expect(vote?.floor?.mean).toBeLessThan(vote!.clean.mean!);
    expect(vote?.clean.mean).toBeLessThan(clean.mean!);
    expect(poisoned.mean).toBeGreaterThanOrEqual(vote!.floor!.mean!);
  }, 300_000);

  it('has every defence within training that the trainer offers, with its options, and no other', () => {
    interface Offered {
      readonly id: string;
      readonly kind: string;
      readonly options: readonly { readonly name: string }[];
    }
    const offered = JSON.parse(
      execFileSync(process.execPath, [cli, 'defences', '--json'], { encoding: 'utf8' }),
    ) as Offered[];
    const rows = [...page.matchAll(/^\| `([a-z-]+)` +\| (training|ensemble) +\|.*\| ([^|]*) \|$/gm)].map(
      ([, id, kind, options = '']) => [id, kind, [...options.matchAll(/`([a-z]+)`/g)].map(([, name]) => name)],
    );
    expect(rows).toEqual(
      offered
        .filter(({ kind }) => kind !== 'sanitiser')
        .map(({ id, kind, options }) => [id, kind, options.map(({ name }) => name)]),
    );
  }, 60_000);
});
