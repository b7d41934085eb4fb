/** `theriac scenario`, as it is typed; its games are played by services that compute next to nothing. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startFakePlayers } from '../fakes/fake-players';
import type { FakePlayers } from '../fakes/fake-players';
import { runProgram } from '../program';

let out: string;
let err: string;
beforeEach(() => {
  [out, err] = ['', ''];
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += String(text);
    return true;
  });
  jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
    err += String(text);
    return true;
  });
});
afterEach(() => jest.restoreAllMocks());

const scenario = (...args: string[]): Promise<number> => runProgram(['node', 'theriac', 'scenario', ...args]);
const small = ['--domains', '20000', '--repeats', '3', '--consumers', '10'];
const few = ['--articles', '2000', '--repeats', '2'];

describe('theriac scenario split-view', () => {
  it('prints shares, cost, protections and published figures', async () => {
    expect(await scenario('split-view', ...small)).toBe(0);
    for (const word of ['6 of 20000 domains for 60 dollars', 'exact-hash', 'mirror', 'Carlini et al.', 'agrees'])
      expect(out).toContain(word);
    expect(out).not.toMatch(/NaN|undefined/);
  });

  it('prints one document, the same every time', async () => {
    expect(await scenario('split-view', ...small, '--json')).toBe(0);
    const first = out;
    out = '';
    await scenario('split-view', ...small, '--json');
    expect(out).toBe(first);
    expect(JSON.parse(out)).toMatchObject({ scenario: 'split-view', options: { domains: 20_000 } });
  });

  it('measures the hash on images', async () => {
    const args = ['--measure-hash', 'synthetic-digits', '--hash-images', '8', '--json'];
    expect(await scenario('split-view', ...small, ...args)).toBe(0);
    const { measured, rates } = JSON.parse(out) as { measured: { images: number }; rates: { bypass: number } };
    expect(measured.images).toBe(8);
    expect(rates.bypass).toBeLessThanOrEqual(1);
  });

  it.each([
    [['--budget', '-1'], /split-view.budget is "-1"; allowed: a number from 0/],
    [['--served', '1.5'], /split-view.served is "1.5"; allowed: a number from 0 to 1/],
    [['--hash', 'md5'], /split-view.hash is "md5"; allowed: difference, average/],
    [['--protection', 'settled'], /--protection is "settled"; allowed: none, exact-hash, perceptual-hash, mirror/],
    [['--seed', 'x'], /--seed is "x"/],
    [['--attack', 'label-flip'], /--attack is "label-flip"; allowed: nothing without --play/],
    [['--play', '--dataset', 'mnist'], /--model is missing; allowed: an id/],
    [['--hash-images', '5'], /allowed: nothing without --measure-hash/],
    [['--measure-hash', 'spambase'], /--measure-hash is "spambase"; allowed: /],
    [['--hash-images', '1', '--measure-hash', 'synthetic-digits'], /--hash-images is "1"/],
  ])('refuses %j', async (args, message) => {
    expect(await scenario('split-view', ...args)).toBe(2);
    expect(err).toMatch(message);
    expect(err.trim().split('\n')).toHaveLength(1);
  });
});

describe('theriac scenario frontrunning', () => {
  it('prints shares, protections and published figures', async () => {
    expect(await scenario('frontrunning', ...few)).toBe(0);
    for (const word of ['2000 edits of 2000 articles', 'random-order', 'settled', 'late-correction', '6.5%'])
      expect(out).toContain(word);
    expect(out).not.toMatch(/NaN|undefined/);
  });

  it.each([
    [['--edited', '2'], /frontrunning.edited is "2"; allowed: a number from 0 to 1/],
    [['--lead', 'soon'], /frontrunning.lead is "soon"; allowed: auto, or a number of minutes/],
    [['--protection', 'mirror'], /--protection is "mirror"; allowed: none, random-order/],
  ])('refuses %j', async (args, message) => {
    expect(await scenario('frontrunning', ...args)).toBe(2);
    expect(err).toMatch(message);
  });

  it('is one of two', async () => {
    expect(await scenario('nonsense')).toBe(2);
    expect(err).toMatch(/unknown command 'nonsense'/);
  });
});

describe('a scenario that is played', () => {
  let folder: string;
  let fake: FakePlayers;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'theriac-scenario-'));
    fake = await startFakePlayers();
  });
  afterAll(async () => {
    await fake.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function played(...args: string[]) {
    const services = Object.entries(fake.addresses).flatMap(([role, address]) => [`--${role}`, address]);
    const game = '--dataset gaussians --model lr --attack gradient-canceling --protocol p-gc --seeds 1'.split(' ');
    const runs = ['--runs-dir', folder, '--json', '--quiet'];
    const code = await scenario(...args, '--play', ...game, ...runs, ...services);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    return JSON.parse(out) as {
      handoff: { rows: number; of: number; poisonFraction: number; indices: number[] };
      card: { poisonCount: number; run: string; attack: string };
    };
  }

  it('hands its share to the attack, row for row, and keeps them with the run', async () => {
    const { handoff, card } = await played('frontrunning', ...few);
    expect(handoff.of).toBe(670);
    expect(handoff.rows).toBeGreaterThan(670 * 0.1);
    expect(handoff.indices).toHaveLength(handoff.rows);
    // The services that stand in have 100 rows, whatever the data set.
    const poisonCount = Math.floor(100 * handoff.poisonFraction);
    expect(card).toMatchObject({ poisonCount, attack: 'gradient-canceling' });
    const [run = ''] = readdirSync(folder).filter((name) => name.startsWith('gaussians'));
    expect(JSON.parse(readFileSync(join(folder, run, 'scenario.json'), 'utf8'))).toMatchObject({ handoff });
  });

  it('is plain training where a protection leaves nothing', async () => {
    const { handoff, card } = await played('split-view', ...small, '--protection', 'exact-hash');
    expect(handoff).toMatchObject({ rows: 0, poisonFraction: 0 });
    expect(card).toMatchObject({ poisonCount: 0, attack: 'none' });
  });
});
