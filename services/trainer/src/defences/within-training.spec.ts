/** Defences within training over a real gRPC connection: bytes, guarantees, refusals. */
import type { GameSpec } from '@theriac/contract/game';
import { TrainerServiceClient } from '@theriac/contract/trainer';
import type { TrainOutcome, TrainRequest, TrainSliceEnd } from '@theriac/contract/trainer';
import { blobsOf, callStream, connect, readRemoteBundle } from '@theriac/service-kit';
import type { RunningService } from '@theriac/service-kit';
import { float32Of } from '@theriac/tensors';
import { poisonOf } from '@theriac/testing';
import { startTrainer } from '../start';

const game: GameSpec = { dataset: 'gaussians', trainLimit: 200, validationCount: 0, model: 'lr', scaling: 1 };
const p = 6;

let service: RunningService;
let client: TrainerServiceClient;

beforeAll(async () => {
  service = await startTrainer({ listen: '127.0.0.1:0', compute: 'inline', threads: 1, sliceSeconds: 30 });
  client = connect(TrainerServiceClient, service.address);
});

afterAll(async () => {
  client.close();
  await service.drain(0);
});

const training: TrainRequest = {
  game,
  poison: poisonOf([9, 9, -9, 9, 9, -9], [0, 1, 0]),
  protocol: 'p-tgda@6',
  seed: 1,
  defence: '',
  resumeFrom: undefined,
  sliceSeconds: 0,
  keepEpochs: 4,
};

async function slice(request: TrainRequest): Promise<TrainSliceEnd> {
  for await (const { event } of callStream(client, 'train', request)) if (event?.$case === 'end') return event.value;
  throw new Error('the slice had no end');
}

async function trained(request: TrainRequest): Promise<{ outcome: TrainOutcome; slices: number }> {
  for (let end = await slice(request), slices = 1; ; slices++) {
    if (end.checkpoint?.done === true) return { outcome: end.outcome!, slices };
    end = await slice({ ...request, resumeFrom: end.checkpoint?.state });
  }
}

async function keptOf({ kept }: TrainOutcome): Promise<Float32Array> {
  return float32Of((await readRemoteBundle(blobsOf(client), kept)).get('parameters')!);
}

describe('a defence within training', () => {
  it.each([
    ['dp-sgd:noise=2', 4],
    ['adversarial-training:eps=0.1', 4],
    ['dpa:k=3', 3],
    ['dp-sgd,adversarial-training:eps=0.1:steps=2,dpa:k=2', 2],
    ['l2:share=0.1,dp-sgd,dpa:k=2', 2],
  ])('%s trains in one slice or in many to the same bytes, and not as without it', async (defence, vectors) => {
    const whole = await trained({ ...training, defence });
    const parts = await trained({ ...training, defence, sliceSeconds: 0.001 });
    expect(parts.slices).toBeGreaterThan(whole.slices);
    const found = await keptOf(whole.outcome);
    expect(await keptOf(parts.outcome)).toEqual(found);
    expect(found).toHaveLength(vectors * p);
    const { loss, gradientNorm, accuracy, privacy, members } = whole.outcome;
    const again = parts.outcome;
    expect([again.loss, again.gradientNorm, again.accuracy]).toEqual([loss, gradientNorm, accuracy]);
    expect([again.privacy, again.members]).toEqual([privacy, members]);
    expect(members).toBe(defence.includes('dpa') ? vectors : undefined);
    expect((privacy?.epsilon ?? 0) > 0).toBe(defence.includes('dp-sgd'));
    const plain = await keptOf((await trained(training)).outcome);
    expect(found.subarray(-p)).not.toEqual(plain.subarray(-p));
  });

  it('acts on clean training too', async () => {
    const clean = { ...training, poison: undefined };
    const { outcome } = await trained({ ...clean, defence: 'dp-sgd' });
    expect(outcome.privacy?.epsilon).toBeGreaterThan(0);
    expect(await keptOf(outcome)).not.toEqual(await keptOf((await trained(clean)).outcome));
  });

  it.each([
    [{ defence: 'dpa:k=204' }, 'INVALID_ARGUMENT', 'defence.dpa.k', /204; allowed: 1 to 203/],
    [{ defence: 'dpa:k=0' }, 'INVALID_ARGUMENT', 'defence.dpa.k', /1 to 1000/],
    [{ defence: 'dp-sgd:clip=0' }, 'INVALID_ARGUMENT', 'defence.dp-sgd.clip', /from/],
    [{ defence: 'dp-sgd:delta=1' }, 'INVALID_ARGUMENT', 'defence.dp-sgd.delta', /from/],
    [{ defence: 'dp-sgd', protocol: 'converged' }, 'FAILED_PRECONDITION', 'defence', /acts on minibatches/],
    [{ defence: 'adversarial-training', protocol: 'converged' }, 'FAILED_PRECONDITION', 'defence', /minibatches/],
    [
      { defence: 'adversarial-training:steps=0' },
      'INVALID_ARGUMENT',
      'defence.adversarial-training.steps',
      /1 to 1000/,
    ],
  ])('refuses %j', async (change, code, field, message) => {
    const asking = slice({ ...training, ...change });
    await expect(asking).rejects.toThrow(message);
    await expect(asking).rejects.toMatchObject({ detail: { code, field } });
  });

  it('refuses to be private where rows influence each other', async () => {
    const images = { ...game, dataset: 'synthetic-digits', trainLimit: 20, model: 'resnet-18' };
    const asking = slice({ ...training, game: images, poison: undefined, defence: 'dp-sgd' });
    await expect(asking).rejects.toMatchObject({ detail: { code: 'FAILED_PRECONDITION', field: 'game.model' } });
  });
});
