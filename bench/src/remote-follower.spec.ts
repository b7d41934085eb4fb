/** The same attack over its own derivatives and over a trainer's sessions: real services, in this process, on real sockets. */
import { startAttacker } from '@theriac/attacker';
import { AttackerServiceClient, FollowerKind } from '@theriac/contract/attacker';
import type { CraftOutcome, CraftRequest } from '@theriac/contract/attacker';
import type { GameSpec } from '@theriac/contract/game';
import { blobsOf, callStream, callUnary, connect, readRemoteBundle, writeRemoteBundle } from '@theriac/service-kit';
import type { RunningService } from '@theriac/service-kit';
import { float32Of, namedFloat32 } from '@theriac/tensors';
import { startTrainer } from '@theriac/trainer';

const game: GameSpec = { dataset: 'gaussians', trainLimit: 0, validationCount: 0, model: 'lr', scaling: 1 };
const options = {
  parametrisation: { value: { $case: 'text' as const, value: 'direct' } },
  epochs: { value: { $case: 'number' as const, value: 2 } },
  batch: { value: { $case: 'number' as const, value: 335 } },
  leaderRate: { value: { $case: 'number' as const, value: 0.3 } },
  solver: { value: { $case: 'text' as const, value: 'cg' } },
};

const running: (RunningService | { drain(seconds: number): Promise<void> })[] = [];
afterAll(async () => {
  for (const service of running.reverse()) await service.drain(0);
});

/** An attacker, and the trainer that it may follow. */
async function attackerWith(wanted: { trainer: boolean }): Promise<AttackerServiceClient> {
  const own = { listen: '127.0.0.1:0', compute: 'inline', threads: 1 } as const;
  const trainer = wanted.trainer ? await startTrainer(own) : undefined;
  const attacker = await startAttacker({ ...own, ...(trainer === undefined ? {} : { trainer: trainer.address }) });
  const client = connect(AttackerServiceClient, attacker.address);
  running.push(...(trainer === undefined ? [] : [trainer]), attacker, { drain: async () => client.close() });
  return client;
}

async function craft(client: AttackerServiceClient, follower: FollowerKind, change: Partial<CraftRequest> = {}) {
  const w = Float32Array.from([-0.9, 0.9, -0.7, 0.7, 0, 0]);
  const request: CraftRequest = {
    game,
    attack: 'tgda',
    options,
    poisonFraction: { amount: { $case: 'ratio', value: 0.1 } },
    constraint: undefined,
    cleanParameters: await writeRemoteBundle(blobsOf(client), [namedFloat32('parameters', [6], w)]),
    seed: 1,
    resumeFrom: undefined,
    sliceSeconds: 0,
    follower,
    ...change,
  };
  for await (const { event } of callStream(client, 'craft', request))
    if (event?.$case === 'end') return event.value.outcome as CraftOutcome;
  throw new Error('the slice had no end');
}

async function valuesOf(client: AttackerServiceClient, { poison }: CraftOutcome): Promise<Float32Array> {
  const x = (await readRemoteBundle(blobsOf(client), poison?.rows)).get('x');
  return float32Of(x as NonNullable<typeof x>);
}

const gap = (a: Float32Array, b: Float32Array): number =>
  Math.max(...a.map((value, k) => Math.abs(value - (b[k] as number))));

describe('an attack over a trainer', () => {
  it('gives the poison that it gives over its own derivatives', async () => {
    const client = await attackerWith({ trainer: true });
    const local = await craft(client, FollowerKind.LOCAL);
    const remote = await craft(client, FollowerKind.REMOTE);
    const [own, theirs] = [await valuesOf(client, local), await valuesOf(client, remote)];
    expect(own).toHaveLength(2 * 67);
    expect(gap(own, theirs)).toBeLessThan(1e-4);
    expect(remote.metrics['loss']).toBeCloseTo(local.metrics['loss'] as number, 5);
    const still = await valuesOf(
      client,
      await craft(client, FollowerKind.LOCAL, { options: { ...options, leaderRate: numberOf(1e-9) } }),
    );
    expect(gap(own, still)).toBeGreaterThan(0.1);
  });

  it('is offered where the attacker was started with one', async () => {
    expect((await callUnary(await attackerWith({ trainer: true }), 'describe', {})).followers).toEqual([
      FollowerKind.LOCAL,
      FollowerKind.REMOTE,
    ]);
  });

  it('is refused, with a remedy, where it was not', async () => {
    const client = await attackerWith({ trainer: false });
    expect((await callUnary(client, 'describe', {})).followers).toEqual([FollowerKind.LOCAL]);
    await expect(craft(client, FollowerKind.REMOTE)).rejects.toMatchObject({
      detail: {
        code: 'FAILED_PRECONDITION',
        field: 'follower',
        remedy: expect.stringContaining('--trainer') as string,
      },
    });
  });
});

function numberOf(value: number) {
  return { value: { $case: 'number' as const, value } };
}
