import fs from 'node:fs';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { manifestDigest, manifestText } from '@theriac/game';
import type { Manifest } from '@theriac/game';
import { decodeSafetensors, TheriacError } from '@theriac/tensors';
import { fakeManifest, playFake, resultsOf } from '../fakes/fake-game';
import { startFakePlayers } from '../fakes/fake-players';
import type { FakePlayers } from '../fakes/fake-players';
import type { FakeBehaviour } from '../fakes/fake-work';
import { noCleanStore, openCleanStore } from './clean-store';
import type { CleanStore } from './clean-store';

let folder: string;
const open: FakePlayers[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'theriac-play-'));
  jest.spyOn(fs, 'fsyncSync').mockImplementation(() => {});
});
afterEach(async () => {
  jest.restoreAllMocks();
  await Promise.all(open.splice(0).map((fake) => fake.close()));
  rmSync(folder, { recursive: true, force: true });
});

async function fakes(behaviour: FakeBehaviour = {}): Promise<FakePlayers> {
  const fake = await startFakePlayers(behaviour);
  open.push(fake);
  return fake;
}

const manifestFor = fakeManifest;
const play = (fake: FakePlayers, path: string, manifest: Manifest, store: CleanStore = noCleanStore) =>
  playFake(fake, path, manifest, { store });

describe('playGame', () => {
  it('writes the run directory of the design and a card without a hole', async () => {
    const fake = await fakes();
    const manifest = await manifestFor(fake);
    const { card, run } = await play(fake, join(folder, 'run'), manifest);
    expect(readdirSync(run.path).sort()).toEqual([
      'card.json',
      'checkpoints',
      'events.jsonl',
      'lock-1',
      'manifest.json',
      ...['attacker-clean', 'clean-converged-1', 'clean-p-gc-1', 'clean-p-gc-2'].map(named),
      ...['poisoned-converged-1', 'poisoned-p-gc-1', 'poisoned-p-gc-2', 'target'].map(named),
      'poison.json',
      'poison.safetensors',
      'report.html',
    ]);
    expect(readdirSync(run.file('checkpoints')).filter((name) => !name.endsWith('.json'))).toEqual([]);
    expect(card.manifestDigest).toBe(manifestDigest(manifest));
    expect(card.poisonCount).toBe(5);
    expect(card.target).toMatchObject({ kind: 'reversed', scale: 0.5 });
    expect(card.residual).toEqual({ before: 2, after: 1, lowerBound: 0.25 });
    expect(card.protocols.map(({ name, epochs }) => [name, epochs])).toEqual([
      ['p-gc', 3],
      ['converged', 1],
    ]);
    expect(card.protocols.map(({ seeds, drop }) => [seeds.length, drop.values.length])).toEqual([
      [2, 2],
      [1, 1],
    ]);
    for (const { clean, poisoned, drop } of card.protocols)
      for (const [seed, value] of drop.values.entries())
        expect(value).toBeCloseTo((clean.values[seed] ?? NaN) - (poisoned.values[seed] ?? NaN), 5);
    const { tensors } = decodeSafetensors(readFileSync(run.file('poison.safetensors')));
    expect(tensors.map(({ name }) => name).sort()).toEqual(['base', 'x', 'y']);
    expect(JSON.parse(readFileSync(run.file('poison.json'), 'utf8'))).toMatchObject({
      count: 5,
      features: 3,
      labels: [0, 1, 0, 1, 0],
      baseIndices: [0, 1, 2, 3, 4],
    });
  });

  const named = (key: string): string => `parameters-${key}.safetensors`;

  it('gives the same bytes for the same manifest, and others for another seed', async () => {
    const fake = await fakes();
    const manifest = await manifestFor(fake);
    await play(fake, join(folder, 'a'), manifest);
    await play(fake, join(folder, 'b'), manifest);
    await play(fake, join(folder, 'c'), { ...manifest, attackSeed: 9 });
    expect(resultsOf(join(folder, 'b'))).toEqual(resultsOf(join(folder, 'a')));
    const poison = (run: string) => resultsOf(join(folder, run)).files['poison.safetensors'];
    expect(poison('c')).not.toBe(poison('a'));
  });

  it('gives the same bytes from the manifest that was composed and the one that was read', async () => {
    const fake = await fakes();
    const manifest = await manifestFor(fake);
    await play(fake, join(folder, 'a'), manifest);
    await play(fake, join(folder, 'b'), JSON.parse(manifestText(manifest)) as Manifest);
    const [a, b] = ['a', 'b'].map((run) => resultsOf(join(folder, run)));
    expect(b).toEqual(a);
    expect(JSON.stringify(b?.card)).toBe(JSON.stringify(a?.card));
  });

  it('ends in the same bytes wherever it was killed', async () => {
    const fake = await fakes();
    const manifest = await manifestFor(fake, { seeds: [1], protocols: ['p-gc'] });
    const path = join(folder, 'whole');
    const snapshots: string[] = [];
    const rename = fs.renameSync;
    // Every durable change ends in a rename: the folder right after it is what a kill would leave.
    jest.spyOn(fs, 'renameSync').mockImplementation((from, to) => {
      rename(from, to);
      if (!String(to).startsWith(path)) return;
      const snapshot = join(folder, `snapshot-${snapshots.length}`);
      cpSync(path, snapshot, { recursive: true });
      snapshots.push(snapshot);
    });
    await play(fake, path, manifest);
    jest.mocked(fs.renameSync).mockRestore();
    const whole = resultsOf(path);
    expect(snapshots.length).toBeGreaterThan(25);
    for (const snapshot of snapshots) {
      for (const lock of readdirSync(snapshot).filter((name) => name.startsWith('lock-')))
        fs.writeFileSync(join(snapshot, lock), JSON.stringify({ pid: 2 ** 22 + 1, host: 'elsewhere', released: true }));
      const again = await fakes();
      await play(again, snapshot, manifest);
      expect(resultsOf(snapshot)).toEqual(whole);
      await again.close();
      open.pop();
    }
  });

  it('goes on from the last checkpoint, not from the start', async () => {
    let slices = 0;
    const dying = await fakes({
      before: (what) => {
        if (what === 'Train poisoned p-gc 1' && ++slices === 3)
          throw new TheriacError('killed', { code: 'UNAVAILABLE' });
      },
    });
    const manifest = await manifestFor(dying, { seeds: [1], protocols: ['p-gc'] });
    const path = join(folder, 'run');
    await expect(play(dying, path, manifest)).rejects.toThrow('theriac resume run');
    expect(existsSync(join(path, 'card.json'))).toBe(false);
    const fresh = await fakes();
    await play(fresh, path, manifest);
    expect(fresh.calls).toEqual(['Train poisoned p-gc 1', 'Score']);
    const whole = await fakes();
    await play(whole, join(folder, 'whole'), manifest);
    expect(resultsOf(path)).toEqual(resultsOf(join(folder, 'whole')));
  });

  it('keeps what was played where crafting is refused, and goes on should it no longer be', async () => {
    let refuses = true;
    const before = (what: string): void => {
      if (refuses && what === 'Craft') throw new TheriacError('no row keeps them all', { code: 'INVALID_ARGUMENT' });
    };
    const fake = await fakes({ before });
    const manifest = await manifestFor(fake, { seeds: [1], protocols: ['p-gc'] });
    const path = join(folder, 'run');
    // Nobody is told to go on with what fails again.
    for (let again = 0; again < 2; again++)
      await expect(play(fake, path, manifest)).rejects.toThrow(/^no row keeps them all\.$/);
    expect(readFileSync(join(path, 'events.jsonl'), 'utf8')).toContain('"event":"failed","code":"INVALID_ARGUMENT"');
    refuses = false;
    fake.calls.length = 0;
    await play(fake, path, manifest);
    expect(fake.calls.filter((call) => call.startsWith('Train clean'))).toEqual([]);
    const whole = await fakes();
    await play(whole, join(folder, 'whole'), manifest);
    expect(resultsOf(path)).toEqual(resultsOf(join(folder, 'whole')));
  });

  it('trains only, without poison, when there is no attack', async () => {
    const fake = await fakes();
    const manifest = await manifestFor(fake, { attack: null, poisonFraction: 0 });
    const { card, run } = await play(fake, join(folder, 'run'), manifest);
    expect(card).toMatchObject({ attack: 'none', poisonCount: 0, target: null, residual: null, rowNorms: null });
    for (const { drop, seeds } of card.protocols) expect(drop.values).toEqual(seeds.map(() => 0));
    expect(fake.calls.some((call) => call.startsWith('Craft') || call.includes('p-gradpc'))).toBe(false);
    expect(existsSync(run.file('poison.safetensors'))).toBe(false);
  });

  it('records a diverged defender as such, without NaN', async () => {
    const fake = await fakes({ diverges: ['p-gc'] });
    const { card } = await play(fake, join(folder, 'run'), await manifestFor(fake));
    expect(card.protocols[0]).toMatchObject({ name: 'p-gc', poisoned: { mean: null, sd: null, values: [null, null] } });
    expect(card.protocols[0]?.clean.mean).not.toBeNull();
    expect(card.protocols[1]?.drop.mean).not.toBeNull();
    expect(card.flags.filter((flag) => flag.startsWith('diverged'))).toHaveLength(2);
    expect(readFileSync(join(folder, 'run', 'card.json'), 'utf8')).not.toContain('NaN');
  });

  it('shares clean trainings between games, and nothing else', async () => {
    const store = openCleanStore(folder, 'a build');
    const first = await fakes();
    const manifest = await manifestFor(first);
    await play(first, join(folder, 'first'), manifest, store);
    const second = await fakes();
    const other = { ...manifest, poisonFraction: 0.1 };
    const { card } = await play(second, join(folder, 'second'), other, store);
    expect(second.calls.filter((call) => call.startsWith('Train clean'))).toEqual([]);
    const alone = await fakes();
    await play(alone, join(folder, 'alone'), other);
    expect(resultsOf(join(folder, 'second'))).toEqual(resultsOf(join(folder, 'alone')));
    expect(card.poisonCount).toBe(10);
  });

  it('refuses a checkpoint of another manifest', async () => {
    const fake = await fakes();
    const manifest = await manifestFor(fake);
    await play(fake, join(folder, 'run'), manifest);
    rmSync(join(folder, 'run', 'card.json'));
    await expect(play(fake, join(folder, 'run'), { ...manifest, attackSeed: 5 })).rejects.toThrow(
      /belongs to another game/,
    );
  });
});
