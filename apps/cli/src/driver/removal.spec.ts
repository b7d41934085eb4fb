/** What the driver makes of the rows that a trainer left out, played against fakes. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { manifestOf } from '../arguments/from-describe';
import { startFakePlayers } from '../fakes/fake-players';
import type { FakePlayers } from '../fakes/fake-players';
import { cardSummary } from '../presentation/card-text';
import { finishRun } from '../report/finish';
import { noCleanStore } from './clean-store';
import { describePlayers } from './connect-players';
import { playGame } from './play';
import type { ScoredRecord } from './records';
import { silentReporter } from './reporter';

let folder: string;
let fake: FakePlayers;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'theriac-removal-'));
  fake = await startFakePlayers({});
});
afterAll(async () => {
  await fake.close();
  rmSync(folder, { recursive: true, force: true });
});

const settings = {
  game: { dataset: 'gaussians', trainLimit: 100, validationCount: 0, model: 'lr', scaling: 'standardised' as const },
  attack: { id: 'gradient-canceling', given: { target: 'reversed' } },
  poisonFraction: 0.05,
  constraint: { kind: 'none', radius: 0, fixedLabels: false },
  defence: 'l2',
  protocols: ['p-gc'],
  attackerProtocol: undefined,
  attackSeed: 0,
  seeds: [1, 2],
};

async function play(name: string) {
  return playGame({
    path: join(folder, name),
    manifest: manifestOf(settings, await describePlayers(fake.players, {}), 'ab'.repeat(32)),
    players: fake.players,
    reporter: silentReporter,
    store: noCleanStore,
    signal: new AbortController().signal,
    sliceSeconds: 1,
    finish: finishRun(undefined),
  });
}

describe('a defended game', () => {
  it('has precision and recall in its card, its summary and its report', async () => {
    const { card, run } = await play('added');
    // The fake leaves out row 0 and row 100, the first that was added; of 5 poison rows.
    expect(card.protocols[0]?.removed).toEqual({
      clean: { mean: 1, sd: 0, values: [1, 1] },
      rows: { mean: 2, sd: 0, values: [2, 2] },
      precision: { mean: 50, sd: 0, values: [50, 50] },
      recall: { mean: 20, sd: 0, values: [20, 20] },
    });
    expect(card.defence).toBe('l2');
    expect(cardSummary(card, run.path)).toContain('p-gc: 2 rows left out; precision 50.00%, recall 20.00%');
    const report = readFileSync(run.file('report.html'), 'utf8');
    expect(report).toContain('rows left out of chi');
    expect(report).not.toMatch(/NaN|undefined/);
  });

  it('defends every defender, and not the model that the attacker starts from', async () => {
    const { run } = await play('attacker');
    const record = (key: string) => run.readRecord<ScoredRecord>(key);
    expect(record('attacker-clean')?.removed).toBeUndefined();
    expect(record('clean-p-gc-1')?.removed).toEqual({ rows: 1, poison: 0 });
    expect(record('poisoned-p-gc-2')?.removed).toEqual({ rows: 2, poison: 1 });
  });
});

it.each([
  ['prayer', /defence is "prayer"; allowed: none, l2/],
  ['l2,l2', /each defence once/],
])('the trainer does not offer %s', async (defence, message) => {
  const found = await describePlayers(fake.players, {});
  expect(() => manifestOf({ ...settings, defence }, found, null)).toThrow(message);
});
