import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TheriacError } from '@theriac/tensors';
import { manifestOf } from '../arguments/from-describe';
import { startFakePlayers } from '../fakes/fake-players';
import type { FakePlayers } from '../fakes/fake-players';
import type { FakeBehaviour } from '../fakes/fake-work';
import { finishRun } from '../report/finish';
import { noCleanStore } from './clean-store';
import { describePlayers } from './connect-players';
import { playGame } from './play';
import { silentReporter } from './reporter';

let folder: string;
const open: FakePlayers[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'theriac-persistence-'));
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((fake) => fake.close()));
  rmSync(folder, { recursive: true, force: true });
});

const patience = { attempts: 3, firstWaitSeconds: 0.01, longestWaitSeconds: 0.02, busySeconds: 1 };

/** Plays one game against services of this behaviour; the files that must not depend on it, and what was said. */
async function play(name: string, behaviour: FakeBehaviour) {
  const fake = await startFakePlayers(behaviour, patience);
  open.push(fake);
  const manifest = manifestOf(
    {
      game: {
        dataset: 'gaussians',
        trainLimit: 100,
        validationCount: 0,
        model: 'lr',
        scaling: 'standardised' as const,
      },
      attack: { id: 'gradient-canceling', given: { target: 'reversed' } },
      poisonFraction: 0.05,
      constraint: { kind: 'none', radius: 0, fixedLabels: false },
      defence: 'none',
      protocols: ['p-gc'],
      attackerProtocol: undefined,
      attackSeed: 0,
      seeds: [1],
    },
    await describePlayers(fake.players, {}),
    'ab'.repeat(32),
  );
  const notes: string[] = [];
  const path = join(folder, name);
  await playGame({
    path,
    manifest,
    players: fake.players,
    reporter: { ...silentReporter, note: (line) => void notes.push(line) },
    store: noCleanStore,
    signal: new AbortController().signal,
    sliceSeconds: 1,
    finish: finishRun(undefined),
  });
  const files = readdirSync(path).filter((file) => /^(poison|parameters-|manifest)/.test(file));
  const events = readFileSync(join(path, 'events.jsonl'), 'utf8').trim().split('\n');
  return {
    results: files.sort().map((file) => [file, readFileSync(join(path, file)).toString('base64')]),
    notes,
    calls: fake.calls,
    events: events.map((line) => JSON.parse(line) as Record<string, unknown>),
  };
}

const gone = () => new TheriacError('gone', { code: 'UNAVAILABLE' });

it('outlasts failures of every service, goes on from the last checkpoint, and ends in the same bytes', async () => {
  const whole = await play('whole', {});
  const seen = new Map<string, number>();
  const failing = ['Train clean p-gc 1', 'Train poisoned p-gc 1', 'Craft', 'Score', 'Threshold'];
  const { results, notes, events, calls } = await play('shaken', {
    before(what) {
      const which = failing.find((each) => what.startsWith(each)) ?? '';
      const count = (seen.get(which) ?? 0) + 1;
      seen.set(which, count);
      if (which !== '' && count === 2) throw gone();
    },
  });
  expect(results).toEqual(whole.results);
  // Of five steps, two in a slice: the failed slice is all that is played twice.
  expect(calls.filter((call) => call === 'Train poisoned p-gc 1')).toHaveLength(4);
  const lost = events.filter(({ event }) => event === 'lost');
  const recovered = events.filter(({ event }) => event === 'recovered');
  expect(lost.map(({ failures }) => failures)).toEqual(lost.map(() => 1));
  expect(new Set(recovered.map(({ role }) => role))).toEqual(new Set(['trainer', 'attacker', 'evaluator']));
  expect(lost).toHaveLength(5);
  expect(notes.filter((note) => note.includes('attempt 2 of 3'))).toHaveLength(lost.length);
  expect(notes.some((note) => /the trainer answers: .* goes on from its last checkpoint/.test(note))).toBe(true);
});

it('gives up after so many attempts without progress, and says how to go on', async () => {
  let crafts = 0;
  const before = (what: string): void => {
    if (!what.startsWith('Craft')) return;
    crafts += 1;
    if (crafts > 1) throw gone();
  };
  await expect(play('lost', { before })).rejects.toThrow(/gone.*theriac resume lost/);
  expect(crafts).toBe(4);
});
