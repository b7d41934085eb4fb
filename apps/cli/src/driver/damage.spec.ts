/** Runs whose files were torn, changed or lost, and disks that refuse: the same bytes in the end, or one error that says why. */
import fs from 'node:fs';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Manifest } from '@theriac/game';
import { TheriacError } from '@theriac/tensors';
import { fakeManifest, playFake, resultsOf } from '../fakes/fake-game';
import { startFakePlayers } from '../fakes/fake-players';
import type { FakePlayers } from '../fakes/fake-players';
import { silentReporter } from './reporter';
import { readFinished, readManifest } from './run-directory';

let folder: string;
let fake: FakePlayers;
let manifest: Manifest;
/** A run that ended, and one that was broken off in its last training, after two checkpoints. */
let whole: string;
let broken: string;

// What a crash of the machine would leave is not what is tested here, and syncing takes most of the time.
beforeEach(() => void jest.spyOn(fs, 'fsyncSync').mockImplementation(() => {}));
afterEach(() => jest.restoreAllMocks());

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'theriac-damage-'));
  fake = await startFakePlayers();
  manifest = await fakeManifest(fake, { seeds: [1], protocols: ['p-gc'] });
  whole = join(folder, 'whole');
  await playFake(fake, whole, manifest);
  broken = join(folder, 'broken');
  let slices = 0;
  const before = (what: string): void => {
    if (what !== 'Train poisoned p-gc 1') return;
    slices += 1;
    if (slices > 2) throw new TheriacError('killed', { code: 'INTERNAL' });
  };
  const dying = await startFakePlayers({ before });
  await expect(playFake(dying, broken, manifest)).rejects.toThrow('theriac resume broken');
  await dying.close();
});
afterAll(async () => {
  await fake.close();
  rmSync(folder, { recursive: true, force: true });
});

let copies = 0;
function copyOf(run: string): string {
  const copy = join(folder, `copy-${++copies}`);
  cpSync(run, copy, { recursive: true });
  return copy;
}

/** Plays on and gives what was said. */
async function playOn(path: string, game: Manifest = manifest): Promise<string[]> {
  const notes: string[] = [];
  const reporter = { ...silentReporter, note: (line: string) => void notes.push(line) };
  await playFake(fake, path, game, { reporter });
  return notes;
}

const filesIn = (path: string): string[] =>
  (readdirSync(path, { recursive: true }) as string[]).filter((name) => statSync(join(path, name)).isFile()).sort();

const damages: Readonly<Record<string, (file: string) => void>> = {
  lost: (file) => rmSync(file),
  torn: (file) => writeFileSync(file, readFileSync(file).subarray(0, statSync(file).size / 2)),
  flipped: (file) => {
    const bytes = readFileSync(file);
    const place = bytes.length >> 1;
    bytes[place] = (bytes[place] ?? 0) ^ 1;
    writeFileSync(file, bytes);
  },
};

describe.each(Object.keys(damages))('a file that is %s', (damage) => {
  it('never changes the result, whichever it is', async () => {
    const names = filesIn(broken);
    expect(names).toEqual(
      expect.arrayContaining(['checkpoints/poisoned-p-gc-1.before.json', 'checkpoints/poisoned-p-gc-1.json', 'lock-1']),
    );
    expect(names.filter((name) => name.includes('.state-'))).toHaveLength(2);
    for (const name of names) {
      const path = copyOf(broken);
      damages[damage]?.(join(path, name));
      // A flipped manifest is another game, which is refused; everything else is made again.
      const refused = await playOn(path).then(
        () => undefined,
        (error: unknown) => error as Error,
      );
      if (refused === undefined) expect({ name, ...resultsOf(path) }).toEqual({ name, ...resultsOf(whole) });
      else expect([name, refused.message]).toEqual(['manifest.json', expect.stringMatching(/belongs to another game/)]);
    }
  }, 60_000);

  it('is told, and costs a slice where it is the newest checkpoint', async () => {
    const path = copyOf(broken);
    damages[damage]?.(join(path, 'checkpoints', 'poisoned-p-gc-1.state-4.safetensors'));
    fake.calls.length = 0;
    const notes = await playOn(path);
    expect(notes).toEqual([expect.stringMatching(/poisoned-p-gc-1.state-4.safetensors is torn.*going back/)]);
    expect(fake.calls.filter((call) => call.startsWith('Train'))).toHaveLength(2);
    expect(readFileSync(join(path, 'events.jsonl'), 'utf8')).toMatch(/"event":"damaged"/);
    expect(resultsOf(path)).toEqual(resultsOf(whole));
  });

  it('is made again where it is the card', async () => {
    const path = copyOf(whole);
    expect(readFinished(path)).toMatchObject({ poisonCount: 5 });
    damages[damage]?.(join(path, 'card.json'));
    expect(readFinished(path)).toBeUndefined();
    fake.calls.length = 0;
    await playOn(path);
    expect(fake.calls).toEqual([]);
    expect(resultsOf(path)).toEqual(resultsOf(whole));
  });
});

describe('a manifest', () => {
  it('that is torn is written anew from the records', () => {
    const path = copyOf(broken);
    damages['torn']?.(join(path, 'manifest.json'));
    expect(readManifest(folder, path).manifest).toEqual(manifest);
  });

  it('of another game is refused, with what differs', async () => {
    const path = copyOf(broken);
    const other = { ...manifest, attackSeed: 5, poisonFraction: 0.1 };
    const differs =
      /manifest.json belongs to another game: attackSeed is 0 there and 5 here, poisonFraction is 0.05 there and 0.1 here/;
    await expect(playOn(path, other)).rejects.toThrow(differs);
    rmSync(join(path, 'manifest.json'));
    await expect(playOn(path, other)).rejects.toThrow(/json belongs to another game: attackSeed is 0 there and 5 here/);
    expect(await playOn(copyOf(broken))).toEqual([]);
  });
});

describe('a disk that refuses', () => {
  it.each([
    ['ENOSPC', /the disk is full.*Make room.*theriac resume/],
    ['EROFS', /the file system is read-only.*theriac resume/],
    ['EIO', /the disk reports an error.*theriac resume/],
  ])('with %s ends the game in one line, wherever it does, and the run goes on', async (code, said) => {
    const write = fs.writeSync;
    const all = jest.spyOn(fs, 'writeSync');
    await playOn(copyOf(broken));
    // The last one lets the lock go, which a refusal does not keep from happening.
    const needed = all.mock.calls.length - 1;
    expect(needed).toBeGreaterThan(4);
    for (const last of [0, 1, needed >> 1, needed - 1]) {
      const path = copyOf(broken);
      let writes = 0;
      jest.spyOn(fs, 'writeSync').mockImplementation((...args: Parameters<typeof write>) => {
        if (++writes > last) throw Object.assign(new Error(`${code}: refused`), { code });
        return write(...args);
      });
      await expect(playOn(path)).rejects.toThrow(said);
      jest.mocked(fs.writeSync).mockRestore();
      expect(filesIn(path).filter((name) => name.endsWith('.tmp'))).toEqual([]);
      await playOn(path);
      expect(resultsOf(path)).toEqual(resultsOf(whole));
    }
  });

  it('from the start says so in one line too', async () => {
    jest.spyOn(fs, 'mkdirSync').mockImplementation(() => {
      throw Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' });
    });
    await expect(playOn(join(folder, 'nowhere'))).rejects.toThrow(
      /nowhere cannot be written: permission denied.*Allow/,
    );
  });
});

it('clears what a kill left half-done', async () => {
  const path = copyOf(broken);
  const left = ['card.json.7.tmp', 'checkpoints/craft.json.7.tmp', 'checkpoints/craft.state-2.safetensors'];
  for (const name of left) writeFileSync(join(path, name), 'half');
  await playOn(path);
  const names = filesIn(path);
  expect(names.filter((name) => left.includes(name) || name.includes('.state-') || name.includes('.before'))).toEqual(
    [],
  );
});
