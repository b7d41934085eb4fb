/** `theriac table` against services that compute next to nothing. */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TheriacError } from '@theriac/tensors';
import { startFakePlayers } from '../fakes/fake-players';
import type { FakePlayers } from '../fakes/fake-players';
import type { FakeBehaviour } from '../fakes/fake-work';
import type { tableDocument } from '../tables/table-document';
import { tableVerb } from './table-verb';
import type { TableRequest } from './table-verb';

let folder: string;
let output: string;
const open: FakePlayers[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'theriac-table-'));
  output = '';
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    output += String(text);
    return true;
  });
  mkdirSync(join(folder, 'mine', 'cells'), { recursive: true });
  write(
    'table.yaml',
    'title: Mine',
    'page: 15',
    'reports: drop',
    'rows: { lr: LR }',
    'columns: { clean: clean, gc: GC }',
  );
  write('cells/lr-clean.yaml', ...shared('clean'), 'poison-fraction: 0', ...profiles('{ protocols: [p-gc] }'));
  write('cells/lr-gc.yaml', ...shared('gc'), ...gradientCanceling, ...profiles('{ protocols: [p-gc], seeds: 2 }'));
});
afterEach(async () => {
  jest.restoreAllMocks();
  await Promise.all(open.splice(0).map((fake) => fake.close()));
  rmSync(folder, { recursive: true, force: true });
});

const shared = (column: string) => [
  'row: lr',
  `column: ${column}`,
  'dataset: gaussians',
  'model: lr',
  'train-limit: 100',
];
const gradientCanceling = ['attack: gradient-canceling', 'poison-fraction: 0.05', 'options: { target: reversed }'];
const profiles = (quick: string) => ['profiles:', `  quick: ${quick}`, '  standard: {}', '  paper: {}'];
const write = (file: string, ...lines: string[]): void => writeFileSync(join(folder, 'mine', file), lines.join('\n'));

async function fakes(behaviour: FakeBehaviour = {}): Promise<FakePlayers> {
  const fake = await startFakePlayers(behaviour);
  open.push(fake);
  return fake;
}

async function table(fake: FakePlayers, changes: Partial<TableRequest> = {}) {
  output = '';
  const request = { profile: 'quick', runsDir: join(folder, 'runs'), experiments: folder, json: true, quiet: true };
  let error: unknown;
  await tableVerb('mine', { ...request, addresses: fake.addresses, ...changes }).catch((thrown: unknown) => {
    error = thrown;
  });
  const cells = output.startsWith('{') ? (JSON.parse(output) as ReturnType<typeof tableDocument>).cells : [];
  const states = Object.fromEntries(cells.map(({ id, status, from }) => [id, from ?? status]));
  return { states, cells, error: error as TheriacError | undefined };
}
const work = (fake: FakePlayers) => fake.calls.filter((call) => /^(Train|Craft)/.test(call));

describe('theriac table', () => {
  it('plays what is missing, renders it, and plays nothing twice', async () => {
    const first = await fakes();
    const { states, error } = await table(first);
    expect(error).toBeUndefined();
    expect(states).toEqual({ 'lr-clean': 'played', 'lr-gc': 'played' });
    expect(work(first).length).toBeGreaterThan(0);
    const rendered = join(folder, 'runs', 'tables', 'mine-quick');
    expect(readFileSync(`${rendered}.md`, 'utf8')).toContain('2 of 2 cells measured');
    expect(readFileSync(`${rendered}.html`, 'utf8')).toContain('</html>');
    const second = await fakes();
    expect((await table(second)).states).toEqual({ 'lr-clean': 'runs', 'lr-gc': 'runs' });
    expect(work(second)).toEqual([]);
  });

  it('goes on with a cell that broke off', async () => {
    let crafted = false;
    const dying = await fakes({
      before: (what) => {
        if (what === 'Craft') crafted = true;
        if (crafted && what === 'Train poisoned p-gc 2') throw new TheriacError('killed', { code: 'UNAVAILABLE' });
      },
    });
    const { states, error, cells } = await table(dying);
    expect(states).toEqual({ 'lr-clean': 'played', 'lr-gc': 'failed' });
    expect(cells.find(({ id }) => id === 'lr-gc')?.reason).toMatch(/killed.*theriac resume/);
    expect(error?.message).toMatch(/^1 of 2 cells failed; found: lr-gc/);
    expect(error?.detail.code).toBe('ABORTED');
    expect(readFileSync(join(folder, 'runs', 'tables', 'mine-quick.md'), 'utf8')).toContain('- lr-gc: killed');
    const again = await fakes();
    expect((await table(again)).states).toEqual({ 'lr-clean': 'runs', 'lr-gc': 'played' });
    expect(new Set(work(again))).toEqual(new Set(['Train poisoned p-gc 2']));
  });

  it('keeps cards where other runs folders find them, as long as the question is the same', async () => {
    const results = join(folder, 'mine', 'results', 'quick');
    await table(await fakes(), { keep: true });
    expect(readdirSync(results).sort()).toEqual(['lr-clean.json', 'lr-gc.json']);
    expect(readFileSync(join(folder, 'mine', 'results', 'quick.md'), 'utf8')).toContain('2 of 2 cells measured');
    const elsewhere = { runsDir: join(folder, 'elsewhere') };
    const idle = await fakes();
    expect((await table(idle, elsewhere)).states).toEqual({ 'lr-clean': 'committed', 'lr-gc': 'committed' });
    expect(work(idle)).toEqual([]);
    expect((await table(await fakes(), { ...elsewhere, fresh: true })).states['lr-gc']).toBe('played');
    write('cells/lr-gc.yaml', ...shared('gc'), ...gradientCanceling, 'seed: 7', ...profiles('{ protocols: [p-gc] }'));
    expect((await table(await fakes(), { render: true })).states).toEqual({
      'lr-clean': 'runs',
      'lr-gc': 'not measured',
    });
  });

  it('takes the card of another table that asks the same, and keeps it as its own', async () => {
    await table(await fakes(), { keep: true });
    cpSync(join(folder, 'mine'), join(folder, 'other'), { recursive: true });
    rmSync(join(folder, 'mine', 'results'), { recursive: true });
    const idle = await fakes();
    const elsewhere = { runsDir: join(folder, 'elsewhere'), keep: true };
    const { states } = await table(idle, elsewhere);
    expect(states).toEqual({ 'lr-clean': 'another table', 'lr-gc': 'another table' });
    expect((await table(idle, elsewhere)).states).toEqual({ 'lr-clean': 'committed', 'lr-gc': 'committed' });
    expect(work(idle)).toEqual([]);
  });

  it('refuses a file among the cards that is none', async () => {
    mkdirSync(join(folder, 'mine', 'results', 'quick'), { recursive: true });
    write('results/quick/lr-gc.json', '{}');
    const { error } = await table(await fakes());
    expect(error?.message).toMatch(/lr-gc.json is not a measured cell; .*Remove it/);
  });

  it('plans without playing', async () => {
    const fake = await fakes();
    const { states } = await table(fake, { plan: true, cells: ['*-gc'] });
    expect(states).toEqual({ 'lr-gc': 'not measured' });
    await table(fake, { plan: true, json: false });
    expect(output).toMatch(/lr-gc {2,}game {2,}[0-9a-f]{12} {2,}no {2,}unknown/);
    expect(work(fake)).toEqual([]);
    expect(existsSync(join(folder, 'runs', 'tables'))).toBe(false);
  });

  it('probes the pace of each kind of work, and keeps no card', async () => {
    const fake = await fakes({ steps: 40 });
    const { cells, error } = await table(fake, { probe: '1', cells: ['lr-gc'] });
    expect(error).toBeUndefined();
    const probe = cells.find(({ id }) => id === 'lr-gc')?.probe;
    expect(probe?.phases.map(({ label, steps, times }) => [label, steps, times])).toEqual([
      ['train: p-gc', 40, 2 * 2.05],
      ['train: p-gradpc', 40, 1],
      ['craft: gradient-canceling', 40, 1],
    ]);
    expect(probe?.projectedSeconds).toBeGreaterThan(0);
    expect((await table(await fakes(), { plan: true })).cells.map(({ status }) => status)).toEqual([
      'not measured',
      'not measured',
    ]);
  });

  it.each<[string, string, RegExp]>([
    [
      'an attack',
      'attack: tgdaa',
      /cells\/lr-gc.yaml \(profile quick\): attack is "tgdaa"; allowed: gradient-canceling/,
    ],
    ['a model', 'model: svm', /lr-gc.yaml \(profile quick\): model is "svm"; allowed: lr/],
    ['a data set', 'dataset: mist', /lr-gc.yaml \(profile quick\): dataset is "mist"; allowed: /],
    ['an option', 'options: { size: 3 }', /lr-gc.yaml \(profile quick\): .*size/],
    ['a protocol', 'protocols: [p-x]', /lr-gc.yaml \(profile quick\): protocol is "p-x"; allowed: p-gc/],
  ])('refuses %s that the services do not offer, before anything is played', async (_, line, message) => {
    const fake = await fakes();
    const lines = [...shared('gc'), ...gradientCanceling].filter(
      (other) => !other.startsWith(`${line.split(':')[0]}:`),
    );
    write('cells/lr-gc.yaml', ...lines, line, ...profiles('{}'));
    const { error } = await table(fake);
    expect(error?.message).toMatch(message);
    expect(error?.detail.code).toBe('INVALID_ARGUMENT');
    expect(work(fake)).toEqual([]);
    expect(existsSync(join(folder, 'runs'))).toBe(false);
  });

  it('shows cells that nobody asked for, whatever is wrong with them', async () => {
    write('cells/lr-gc.yaml', ...shared('gc'), 'attack: tgdaa', ...profiles('{}'));
    const { states, error } = await table(await fakes(), { cells: ['lr-clean'] });
    expect(error).toBeUndefined();
    expect(states).toEqual({ 'lr-clean': 'played', 'lr-gc': 'not measured' });
  });

  it('takes one way at a time', async () => {
    expect((await table(await fakes(), { plan: true, probe: '5' })).error?.message).toMatch(/--plan is "with --probe"/);
    expect((await table(await fakes(), { profile: 'fast' })).error?.message).toMatch(
      /--profile is "fast"; allowed: quick/,
    );
  });
});
