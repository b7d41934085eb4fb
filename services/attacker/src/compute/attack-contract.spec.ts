/** What every attack of the registry must keep, whatever its mathematics. */
import type { GameSpec } from '@theriac/contract/game';
import { loadDataset } from '@theriac/datasets';
import { decodePlainState, encodePlainState, parseOptions, poisonBase, sha256Hex } from '@theriac/game';
import type { Attack, OptionValues } from '@theriac/game';
import { inlineCompute } from '@theriac/service-kit';
import { randomStream } from '@theriac/tensors';
import { liveTensors, startBackend } from '@theriac/tensors/engine';
import { toyGame } from '@theriac/testing';
import { attacks } from '../attacks/registry';
import { twoDigits } from '../fakes/two-digits';
import type { TwoDigits } from '../fakes/two-digits';
import { attackerCompute } from './handlers';
import type { AttackerMethods, Crafted } from './methods';

const compute = inlineCompute<AttackerMethods>(attackerCompute({ engine: { threads: 1 }, sessions: 1 }));
let binary: TwoDigits;
beforeAll(async () => (binary = await twoDigits(300)));
afterAll(async () => {
  await compute.close();
  await binary.dispose();
});

type CraftInput = AttackerMethods['craft']['input'];

const game: GameSpec = { dataset: 'synthetic-digits', trainLimit: 300, validationCount: 0, model: 'lr', scaling: 1 };
const count = 9;

/** Options under which an attack ends within seconds; attacks not named here take their defaults. */
const quick: Readonly<Record<string, Readonly<Record<string, number | string>>>> = {
  'min-max': { rounds: 3, ascents: 3 },
  'i-min-max': { epochs: 1, batch: 100, followerSteps: 3 },
  'back-gradient': { iterations: 3, unroll: 3 },
  'meta-poison': { iterations: 2, surrogates: 2, batches: 2 },
  'gradient-canceling': { target: 'reversed', iterations: 12 },
  'convex-implicit': { iterations: 4, ridge: 1, pixels: 20, rows: 100 },
  kkt: { flips: '0.2', repeats: '4', shares: 3, iterations: 5 },
  influence: { iterations: 4 },
  'decoy-min-max': { flips: '0.2', repeats: '4', decoys: 1, copies: 4 },
  'unlearnable-examples': { rounds: 3, stopError: 0 },
  tgda: { parametrisation: 'generator', epochs: 1, batch: 100, solverIterations: 4, followerSteps: 4 },
};

/** Attacks that change nothing but labels. */
const flipsLabels = new Set(['label-flip', 'collective-action']);

/** Attacks that draw nothing at random under these options. */
const drawsNothing = new Set(['i-min-max', 'kkt', 'decoy-min-max']);

/** Attacks on defenders with two classes. */
const binaryOnly = new Set(['influence', 'kkt', 'decoy-min-max']);

const gameOf = (attack: string): GameSpec => (binaryOnly.has(attack) ? { ...game, dataset: binary.dataset } : game);

const loaded = new Map<string, ReturnType<typeof loadDataset>>();
function dataset(attack: string): ReturnType<typeof loadDataset> {
  const id = gameOf(attack).dataset;
  const found = loaded.get(id) ?? loadDataset(id, { trainLimit: game.trainLimit });
  loaded.set(id, found);
  return found;
}

async function request(attack: string, change: Partial<CraftInput> = {}): Promise<CraftInput> {
  const { features, classes } = await dataset(attack);
  const random = randomStream(3, 'clean parameters');
  return {
    game: gameOf(attack),
    attack,
    options: quick[attack] ?? {},
    fraction: { kind: 'ratio', epsilonD: 0.03 },
    constraint: undefined,
    cleanParameters: Float32Array.from({ length: (features + 1) * classes }, () => 0.03 * random.normal()),
    seed: 1,
    sliceSeconds: 60,
    state: undefined,
    ...change,
  };
}

/** Whole crafting; with tiny slices every step goes through the bytes of a checkpoint. */
async function craft(input: CraftInput): Promise<{ crafted: Crafted; slices: number }> {
  let slices = 0;
  for (let state = input.state; ;) {
    const end = await compute.call('craft', { ...input, state });
    slices += 1;
    if (end.outcome !== undefined) return { crafted: end.outcome, slices };
    state = end.state;
  }
}

const bytesOf = ({ poison }: Crafted): string[] =>
  [poison.x, poison.y, poison.baseIndices].map((values) =>
    sha256Hex(new Uint8Array(values.buffer, values.byteOffset, values.byteLength)),
  );

/** Gammas with their slack in stored values, kept or free labels. */
const gammas = [
  ['none', { kind: 'none', radius: 0, fixedLabels: false }],
  ['box', { kind: 'box', radius: 0, fixedLabels: false }],
  ['linf-ball', { kind: 'linf-ball', radius: 0.05, fixedLabels: false }],
  ['box with fixed labels', { kind: 'box', radius: 0, fixedLabels: true }],
] as const;

describe.each(attacks.map(({ id }) => id))('attack %s', (id) => {
  const attack = attacks.find((candidate) => candidate.id === id) as Attack;

  it('says what it is, where it comes from and what its options mean', () => {
    expect(id).toMatch(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/);
    expect(attack.summary).toMatch(/\S.*\.$/);
    expect(attack.source).toMatch(/\b(19|20)\d{2}\b|this project/);
    for (const option of attack.options) {
      expect(option.description).toMatch(/\S/);
      expect(JSON.parse(JSON.stringify(option))).toEqual(option);
    }
  });

  it('takes its options back from JSON and from text, as from a manifest and a command line', () => {
    const values = parseOptions(attack.options, quick[id] ?? {}, id);
    expect(parseOptions(attack.options, JSON.parse(JSON.stringify(values)) as OptionValues, id)).toEqual(values);
    const texts = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]));
    expect(parseOptions(attack.options, texts, id)).toEqual(values);
  });

  /** Crafted once, in one slice, for all tests that look at it. */
  let crafted: Promise<Crafted> | undefined;
  const whole = async (): Promise<Crafted> =>
    (crafted ??= request(id, { constraint: gammas[0][1] }).then(async (input) => (await craft(input)).crafted));

  it.each(gammas)('crafts exactly the rows that the fraction allows, within Gamma: %s', async (_, constraint) => {
    const input = await request(id, { constraint });
    if (constraint.fixedLabels && flipsLabels.has(id)) {
      await expect(craft(input)).rejects.toMatchObject({ detail: { code: 'INVALID_ARGUMENT', field: 'constraint' } });
      return;
    }
    const { train, features, classes } = await dataset(id);
    const { poison } = constraint.kind === 'none' ? await whole() : (await craft(input)).crafted;
    expect([poison.count, poison.y.length, poison.baseIndices.length]).toEqual([count, count, count]);
    expect(poison.x).toHaveLength(count * features);
    expect(poison.x.every(Number.isFinite)).toBe(true);
    expect(poison.y.every((label) => label >= 0 && label < classes)).toBe(true);
    const stored = Float32Array.from(train.stored, (value) =>
      train.stored instanceof Uint8Array ? value / 255 : value,
    );
    const base = poisonBase(
      poison.baseIndices,
      (row) => stored.subarray(row * features, (row + 1) * features),
      train.labels,
      features,
    );
    if (constraint.kind !== 'none') expect(poison.x.every((value) => value >= 0 && value <= 1)).toBe(true);
    if (constraint.kind === 'linf-ball')
      expect(Math.max(...poison.x.map((value, i) => Math.abs(value - base.x[i]!)))).toBeLessThanOrEqual(0.05 + 1e-6);
    if (constraint.fixedLabels) expect([...poison.y]).toEqual([...base.y]);
  });

  it('gives the same bytes for the same seed, in one slice or resumed at every step, and leaves no tensor behind', async () => {
    const once = await whole();
    const before = liveTensors();
    const parts = await craft(await request(id, { sliceSeconds: 1e-6 }));
    expect(bytesOf(parts.crafted)).toEqual(bytesOf(once));
    expect(parts.crafted.metrics).toEqual(once.metrics);
    const other = await craft(await request(id, { seed: 2 }));
    if (drawsNothing.has(id)) expect(bytesOf(other.crafted)).toEqual(bytesOf(once));
    else expect(bytesOf(other.crafted)).not.toEqual(bytesOf(once));
    expect(liveTensors()).toBe(before);
  });

  it('steps from a state that it leaves as it is, to the same state each time', async () => {
    await startBackend();
    const toy = toyGame(
      { features: 6, classes: binaryOnly.has(id) ? 2 : 3, clean: 120, poison: 9 },
      { constraint: 'box' },
    );
    const options = parseOptions(attack.options, quick[id] ?? {}, id);
    let state = attack.start(toy, options);
    for (let steps = 0; steps < 3 && !state.done; steps++) {
      const before = encodePlainState(state, id);
      const next = await attack.step(state, toy, options);
      expect(encodePlainState(state, id)).toEqual(before);
      const again = await attack.step(decodePlainState(before, id), toy, options);
      expect(sha256Hex(encodePlainState(again, id))).toBe(sha256Hex(encodePlainState(next, id)));
      expect(next.step).toBeGreaterThan(state.step);
      expect(next.step).toBeLessThanOrEqual(next.of);
      state = next;
    }
    expect(Object.values(attack.metrics(state)).every((value) => typeof value === 'number')).toBe(true);
  });

  it('changes nothing at fraction 0', async () => {
    const fraction = { kind: 'ratio', epsilonD: 0 } as const;
    const { crafted, slices } = await craft(await request(id, { fraction }));
    expect([crafted.poison.count, slices]).toEqual([0, 1]);
  });

  it('stops within a step when the call is cancelled', async () => {
    const controller = new AbortController();
    controller.abort(new Error('enough'));
    await expect(compute.call('craft', await request(id), { signal: controller.signal })).rejects.toThrow('enough');
  });

  it('refuses an option that it does not know, naming those it knows', async () => {
    await expect(craft(await request(id, { options: { zeal: 1 } }))).rejects.toMatchObject({
      detail: { code: 'INVALID_ARGUMENT', found: '"zeal"' },
    });
  });
});

describe('the attacker refuses', () => {
  it.each([
    ['an unknown attack', { attack: 'tickle' }, 'INVALID_ARGUMENT', 'attack'],
    ['poison instead of everything', { fraction: { kind: 'everything' } }, 'FAILED_PRECONDITION', 'poison_fraction'],
    ['parameters of another model', { cleanParameters: new Float32Array(3) }, 'INVALID_ARGUMENT', 'clean_parameters'],
    [
      'an unknown constraint',
      { constraint: { kind: 'cube', radius: 0, fixedLabels: false } },
      'INVALID_ARGUMENT',
      'constraint',
    ],
  ] as const)('%s', async (_, change, code, field) => {
    await expect(craft(await request('label-flip', change))).rejects.toMatchObject({ detail: { code, field } });
  });

  it('the checkpoint of another request', async () => {
    const input = await request('gradient-canceling', { sliceSeconds: 1e-6 });
    const { state } = await compute.call('craft', input);
    await expect(compute.call('craft', { ...input, seed: 2, state })).rejects.toMatchObject({
      detail: { code: 'FAILED_PRECONDITION', field: 'resume_from' },
    });
  });
});
