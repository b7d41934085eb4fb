import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Manifest } from '@theriac/game';
import { TheriacError } from '@theriac/tensors';
import { fakeManifest } from '../fakes/fake-game';
import { startFakePlayers } from '../fakes/fake-players';
import type { FakePlayers } from '../fakes/fake-players';
import { noCleanStore } from './clean-store';
import { lockRun } from './lock';
import { silentReporter } from './reporter';
import { scratchPath, withScratchGame } from './scratch-game';
import type { ScratchOptions } from './scratch-game';

let folder: string;
let fake: FakePlayers;
let manifest: Manifest;
beforeAll(async () => {
  fake = await startFakePlayers();
  manifest = await fakeManifest(fake);
});
afterAll(() => fake.close());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'theriac-scratch-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const optionsFor = (question: object): ScratchOptions => ({
  path: scratchPath(folder, manifest, question, 'a build'),
  manifest,
  players: fake.players,
  reporter: silentReporter,
  store: noCleanStore,
  signal: new AbortController().signal,
  sliceSeconds: 1,
});
const workIn = (): string[] => (existsSync(join(folder, '.work')) ? readdirSync(join(folder, '.work')) : []);

it('goes on with the same question, and not with another', async () => {
  const fails = withScratchGame(optionsFor({ epsilonW: 1 }), async ({ run }) => {
    run.writeRecord('half', { status: 'half' });
    throw new TheriacError('the trainer is gone', { code: 'UNAVAILABLE' });
  });
  await expect(fails).rejects.toThrow('The same command goes on where it stopped.');
  const found = (question: object) =>
    withScratchGame(optionsFor(question), async ({ run }) => run.readRecord<object>('half'));
  expect((await found({ epsilonW: 2 })).result).toBeUndefined();
  expect((await found({ epsilonW: 1 })).result).toEqual({ status: 'half' });
});

it('keeps the work until its result has been handed on', async () => {
  const { result, forget } = await withScratchGame(optionsFor({}), async () => 42);
  expect([result, workIn().length]).toEqual([42, 1]);
  forget();
  expect(workIn()).toEqual([]);
});

it('does not remove work that somebody else has begun to ask about', async () => {
  const { path } = optionsFor({});
  const { forget } = await withScratchGame(optionsFor({}), async () => 42);
  const other = lockRun(path);
  forget();
  expect(workIn()).toHaveLength(1);
  other.release();
});

it('leaves nothing of what no repetition would mend, nor of what nobody asks about any more', async () => {
  const old = join(folder, '.work', 'old');
  mkdirSync(old, { recursive: true });
  mkdirSync(join(folder, '.work', 'other.done'));
  const month = new Date(Date.now() - 31 * 86_400_000);
  utimesSync(old, month, month);
  const refused = withScratchGame(optionsFor({}), async () => {
    throw new TheriacError('the clean model diverged', { code: 'ABORTED' });
  });
  await expect(refused).rejects.toThrow(/^the clean model diverged\.$/);
  expect(workIn()).toEqual([]);
});
