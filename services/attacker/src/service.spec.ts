/** The attacker over a real gRPC connection in one process. */
import { AttackerServiceClient, FollowerKind } from '@theriac/contract/attacker';
import type { CorruptRequest, CraftRequest, CraftSliceEnd } from '@theriac/contract/attacker';
import type { GameSpec } from '@theriac/contract/game';
import { blobsOf, callStream, callUnary, connect, readRemoteBundle } from '@theriac/service-kit';
import type { RunningService } from '@theriac/service-kit';
import { float32Of } from '@theriac/tensors';
import { floatTensor, inlineBundle } from '@theriac/testing';
import { attacks } from './attacks/registry';
import { startAttacker } from './start';

const game: GameSpec = { dataset: 'gaussians', trainLimit: 0, validationCount: 0, model: 'lr', scaling: 1 };
const w = [-0.9, 0.9, -0.7, 0.7, 0, 0];
const cleanParameters = inlineBundle(floatTensor('parameters', w));

const crafting: CraftRequest = {
  game,
  attack: 'label-flip',
  options: {},
  poisonFraction: { amount: { $case: 'ratio', value: 0.1 } },
  constraint: undefined,
  cleanParameters,
  seed: 1,
  resumeFrom: undefined,
  sliceSeconds: 0,
  follower: FollowerKind.UNSPECIFIED,
};

const corrupting: CorruptRequest = {
  game,
  cleanParameters,
  epsilonW: 0.5,
  seed: 1,
  resumeFrom: undefined,
  sliceSeconds: 0,
};

let service: RunningService;
let client: AttackerServiceClient;

beforeAll(async () => {
  service = await startAttacker({ listen: '127.0.0.1:0', compute: 'inline', threads: 1 });
  client = connect(AttackerServiceClient, service.address);
});

afterAll(async () => {
  client.close();
  await service.drain(0);
});

async function craft(request: CraftRequest): Promise<CraftSliceEnd> {
  for await (const { event } of callStream(client, 'craft', request)) if (event?.$case === 'end') return event.value;
  throw new Error('the slice had no end');
}

async function corrupt(request: CorruptRequest) {
  for await (const { event } of callStream(client, 'corrupt', request)) if (event?.$case === 'end') return event.value;
  throw new Error('the slice had no end');
}

describe('the attacker over gRPC', () => {
  it('describes every attack of the registry with the schema of its options', async () => {
    const found = await callUnary(client, 'describe', {});
    expect(found.attacks.map(({ id }) => id)).toEqual(attacks.map(({ id }) => id));
    for (const { options } of found.attacks)
      for (const option of options) expect(option.defaultValue?.value).toBeDefined();
  });

  it('crafts poison that names its base rows', async () => {
    const { checkpoint, outcome } = await craft(crafting);
    expect(checkpoint?.done).toBe(true);
    expect(outcome?.poisonCount).toBe(67);
    const rows = await readRemoteBundle(blobsOf(client), outcome?.poison?.rows);
    expect([...rows.keys()].sort()).toEqual(['base', 'x', 'y']);
    expect(rows.get('x')?.shape).toEqual([67, 2]);
  });

  it('corrupts parameters by exactly the radius', async () => {
    const { outcome } = await corrupt(corrupting);
    const found = (await readRemoteBundle(blobsOf(client), outcome?.parameters)).get('parameters');
    const corrupted = float32Of(found as NonNullable<typeof found>);
    const distance = Math.hypot(...corrupted.map((value, k) => value - (w[k] as number)));
    expect(distance).toBeCloseTo(0.5, 5);
    expect(outcome?.distance).toBeCloseTo(distance, 6);
  });
});

describe('bad input gets a status that names the field', () => {
  it.each<[string, Partial<CraftRequest>, string, string]>([
    ['an unknown attack', { attack: 'tickle' }, 'INVALID_ARGUMENT', 'attack'],
    [
      'an unknown option',
      { options: { zeal: { value: { $case: 'number', value: 1 } } } },
      'INVALID_ARGUMENT',
      'option',
    ],
    ['an option without value', { options: { rule: { value: undefined } } }, 'INVALID_ARGUMENT', 'options.rule'],
    ['no fraction', { poisonFraction: undefined }, 'INVALID_ARGUMENT', 'poison_fraction'],
    [
      'a negative fraction',
      { poisonFraction: { amount: { $case: 'ratio', value: -1 } } },
      'INVALID_ARGUMENT',
      'poison fraction',
    ],
    [
      'everything',
      { poisonFraction: { amount: { $case: 'everything', value: true } } },
      'FAILED_PRECONDITION',
      'poison_fraction',
    ],
    ['no parameters', { cleanParameters: undefined }, 'INVALID_ARGUMENT', 'clean_parameters'],
    [
      'a box where there is none',
      { constraint: { kind: 'box', radius: 0, fixedLabels: false } },
      'INVALID_ARGUMENT',
      'constraint',
    ],
    [
      'a ball without radius',
      { constraint: { kind: 'linf-ball', radius: 0, fixedLabels: false } },
      'INVALID_ARGUMENT',
      'radius',
    ],
  ])('crafting: %s', async (_, change, code, field) => {
    await expect(craft({ ...crafting, ...change })).rejects.toMatchObject({
      detail: { code, field: expect.stringContaining(field) as string },
    });
  });

  it.each([0, -1, NaN, Infinity])('corruption: a radius of %d', async (epsilonW) => {
    await expect(corrupt({ ...corrupting, epsilonW })).rejects.toMatchObject({
      detail: { code: 'INVALID_ARGUMENT', field: 'epsilon_w' },
    });
  });
});
