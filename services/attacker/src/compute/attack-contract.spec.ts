/** What every attack of the registry must keep, whatever its mathematics. */
import type { GameSpec } from '@theriac/contract/game';
import { loadDataset } from '@theriac/datasets';
import { inlineCompute } from '@theriac/service-kit';
import { randomStream } from '@theriac/tensors';
import { liveTensors, startBackend } from '@theriac/tensors/engine';
import { attacks } from '../attacks/registry';
import { attackerCompute } from './handlers';
import type { AttackerMethods, Crafted } from './methods';

const compute = inlineCompute<AttackerMethods>(attackerCompute({ engine: { threads: 1 }, sessions: 1 }));
afterAll(() => compute.close());

type CraftInput = AttackerMethods['craft']['input'];

const game: GameSpec = { dataset: 'synthetic-digits', trainLimit: 300, validationCount: 0, model: 'lr', scaling: 1 };
const count = 9;

/** Options under which an attack ends within seconds; attacks not named here take their defaults. */
const quick: Readonly<Record<string, Readonly<Record<string, number | string>>>> = {
  'gradient-canceling': { target: 'reversed', iterations: 12 },
  'convex-implicit': { iterations: 2 },
  tgda: { epochs: 1, batch: 100, solverIterations: 4, followerSteps: 4 },
};

/** Attacks that change nothing but labels. */
const flipsLabels = new Set(['label-flip']);

async function request(attack: string, change: Partial<CraftInput> = {}): Promise<CraftInput> {
  const { features, classes } = await loadDataset(game.dataset, { trainLimit: game.trainLimit });
  const random = randomStream(3, 'clean parameters');
  return {
    game,
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

async function craft(input: CraftInput): Promise<{ crafted: Crafted; slices: number }> {
  let slices = 0;
  for (let state = input.state; ;) {
    const end = await compute.call('craft', { ...input, state });
    slices += 1;
    if (end.outcome !== undefined) return { crafted: end.outcome, slices };
    state = end.state;
  }
}

const bytesOf = ({ poison }: Crafted): readonly unknown[] => [poison.x, poison.y, poison.baseIndices];

describe.each(attacks.map(({ id }) => id))('attack %s', (id) => {
  it('says what it is, where it comes from and what its options mean', () => {
    const attack = attacks.find((candidate) => candidate.id === id);
    expect(attack?.summary).toMatch(/\S/);
    expect(attack?.source).toMatch(/\d{4}|baseline/i);
    for (const option of attack?.options ?? []) {
      expect(option.description).toMatch(/\S/);
      expect(JSON.parse(JSON.stringify(option))).toEqual(option);
    }
  });

  it('crafts exactly the rows that the fraction allows, finite, with labels that are classes', async () => {
    const { poison } = (await craft(await request(id))).crafted;
    expect([poison.count, poison.y.length, poison.baseIndices.length]).toEqual([count, count, count]);
    expect(poison.x).toHaveLength(count * poison.features);
    expect(poison.x.every(Number.isFinite)).toBe(true);
    expect(poison.y.every((label) => label >= 0 && label < 10)).toBe(true);
  });

  it('keeps within the box when it is held to it', async () => {
    const constraint = { kind: 'box', radius: 0, fixedLabels: false };
    const { poison } = (await craft(await request(id, { constraint }))).crafted;
    expect(poison.x.every((value) => value >= 0 && value <= 1)).toBe(true);
  });

  it('keeps the labels of its base rows when it must, or says that it cannot', async () => {
    const constraint = { kind: 'none', radius: 0, fixedLabels: true };
    const input = await request(id, { constraint });
    if (flipsLabels.has(id)) {
      await expect(craft(input)).rejects.toMatchObject({ detail: { code: 'INVALID_ARGUMENT', field: 'constraint' } });
      return;
    }
    const { train } = await loadDataset(game.dataset, { trainLimit: game.trainLimit });
    const { poison } = (await craft(input)).crafted;
    expect([...poison.y]).toEqual([...poison.baseIndices].map((row) => train.labels[row]));
  });

  it('gives the same bytes for the same seed, in one slice or in many', async () => {
    const whole = await craft(await request(id));
    const parts = await craft(await request(id, { sliceSeconds: 1e-6 }));
    expect(bytesOf(parts.crafted)).toEqual(bytesOf(whole.crafted));
    expect(parts.crafted.metrics).toEqual(whole.crafted.metrics);
  });

  it('changes nothing at fraction 0', async () => {
    const fraction = { kind: 'ratio', epsilonD: 0 } as const;
    const { crafted, slices } = await craft(await request(id, { fraction }));
    expect([crafted.poison.count, slices]).toEqual([0, 1]);
  });

  it('leaves no tensor behind', async () => {
    await startBackend();
    await craft(await request(id));
    const before = liveTensors();
    await craft(await request(id, { seed: 2 }));
    expect(liveTensors()).toBe(before);
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
      { constraint: { kind: 'sphere', radius: 0, fixedLabels: false } },
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
