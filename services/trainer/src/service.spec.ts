/** The trainer over a real gRPC connection in one process: statuses, blobs, slices, sessions. */
import type { GameSpec, Poison } from '@theriac/contract/game';
import { DataType } from '@theriac/contract/tensor';
import type { TensorBundle } from '@theriac/contract/tensor';
import { Distribution, TrainerServiceClient } from '@theriac/contract/trainer';
import type { TrainRequest, TrainSliceEnd } from '@theriac/contract/trainer';
import { blobsOf, callStream, callUnary, connect, readRemoteBundle } from '@theriac/service-kit';
import type { RunningService } from '@theriac/service-kit';
import { float32Of } from '@theriac/tensors';
import { floatTensor, inlineBundle, poisonOf } from '@theriac/testing';
import { startTrainer } from './start';

const game: GameSpec = { dataset: 'gaussians', trainLimit: 0, validationCount: 0, model: 'lr', scaling: 1 };
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
  poison: undefined,
  protocol: 'p-tgda',
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

async function trained(request: TrainRequest): Promise<{ end: TrainSliceEnd; slices: number }> {
  for (let end = await slice(request), slices = 1; ; slices++) {
    if (end.checkpoint?.done === true) return { end, slices };
    end = await slice({ ...request, resumeFrom: end.checkpoint?.state });
  }
}

async function vectorOf(bundleOf: TensorBundle | undefined, name: string): Promise<Float32Array> {
  const found = (await readRemoteBundle(blobsOf(client), bundleOf)).get(name);
  if (found === undefined) throw new Error(`no tensor ${name}`);
  return float32Of(found);
}

const opening = (parameters: TensorBundle, rows?: Poison) => ({ game, parameters, poison: rows, leaseSeconds: 0 });

describe('the trainer over gRPC', () => {
  it('says what it offers', async () => {
    const found = await callUnary(client, 'describe', {});
    expect(found.contract).toBe('theriac.v1');
    expect(found.protocols.map(({ id }) => id)).toContain('p-gc');
    expect(found.models.map(({ id }) => id)).toContain('lr');
    expect(found.oracles).toContain('HessianVectorProduct');
    expect(found.backend?.secondOrder).toBe(true);
    expect(found.defenceSchemas.map(({ id }) => id)).toEqual(found.defences.map(({ id }) => id));
    const share = found.defenceSchemas.find(({ id }) => id === 'l2')?.options.find(({ name }) => name === 'share');
    expect(share).toMatchObject({ type: 'number', minimum: 0, maximum: 1 });
  });

  it('trains in one slice or in many, to the same bytes', async () => {
    const whole = await trained(training);
    const parts = await trained({ ...training, sliceSeconds: 0.001 });
    expect(parts.slices).toBeGreaterThan(whole.slices);
    const [a, b] = [whole.end.outcome, parts.end.outcome];
    expect(await vectorOf(b?.kept, 'parameters')).toEqual(await vectorOf(a?.kept, 'parameters'));
    expect(await vectorOf(a?.kept, 'parameters')).toHaveLength(4 * p);
    expect(a?.layout).toEqual([
      { name: 'weight', shape: [2, 2], offset: 0 },
      { name: 'bias', shape: [2], offset: 4 },
    ]);
    expect(b?.loss).toBe(a?.loss);
  });

  it('answers oracles of a session, on poison that can be replaced', async () => {
    const w = [0.3, -0.2, 0.1, 0.4, 0, 0.5];
    const { sessionId, poisonCount, features } = await callUnary(
      client,
      'openSession',
      opening(inlineBundle(floatTensor('parameters', w)), poisonOf([1, 2, -1, 0.5], [0, 1])),
    );
    expect([poisonCount, features]).toEqual([2, 2]);
    const of = (distribution: Distribution) =>
      callUnary(client, 'gradient', { sessionId, distribution, cleanRows: undefined, poisonRows: undefined });
    const [clean, nu, chi] = [
      await of(Distribution.CLEAN),
      await of(Distribution.POISON),
      await of(Distribution.MIXTURE),
    ];
    expect(chi.loss).toBeCloseTo((670 * clean.loss + 2 * nu.loss) / 672, 6);
    const some = { sessionId, distribution: Distribution.MIXTURE, poisonRows: { from: 1, to: 2 } };
    const cleanRows = { from: 0, to: 1 };
    const two = await callUnary(client, 'gradient', { ...some, cleanRows });
    const one = await callUnary(client, 'gradient', {
      ...some,
      distribution: Distribution.POISON,
      cleanRows: undefined,
    });
    const other = { ...some, distribution: Distribution.CLEAN, cleanRows, poisonRows: undefined };
    expect(two.loss).toBeCloseTo((one.loss + (await callUnary(client, 'gradient', other)).loss) / 2, 6);
    await expect(callUnary(client, 'gradient', { ...some, cleanRows: { from: 0, to: 671 } })).rejects.toMatchObject({
      detail: { code: 'INVALID_ARGUMENT', field: 'clean_rows' },
    });
    const parameters = inlineBundle(floatTensor('parameters', [0, 0, 0, 0, 0, 0]));
    await callUnary(client, 'updateParameters', { sessionId, parameters });
    expect((await of(Distribution.CLEAN)).loss).toBeCloseTo(Math.LN2, 6);
    await callUnary(client, 'updateParameters', { sessionId, parameters: inlineBundle(floatTensor('parameters', w)) });
    const update = { sessionId, poison: poisonOf([0, 0], [1]) };
    expect((await callUnary(client, 'updatePoison', update)).poisonCount).toBe(1);
    expect((await of(Distribution.POISON)).loss).not.toBe(nu.loss);
    await callUnary(client, 'closeSession', { sessionId });
    await expect(of(Distribution.CLEAN)).rejects.toMatchObject({ detail: { code: 'NOT_FOUND' } });
  });
});

describe('bad input gets a status that names the field', () => {
  const good = floatTensor('parameters', [1, 2, 3, 4, 5, 6]);
  const rank9 = floatTensor('parameters', [1], { shape: [1, 1, 1, 1, 1, 1, 1, 1, 1] });

  it.each<[string, string, string, TensorBundle | undefined]>([
    ['nothing', 'INVALID_ARGUMENT', 'parameters', undefined],
    ['bytes that contradict the shape', 'INVALID_ARGUMENT', '.data', inlineBundle({ ...good, data: Buffer.alloc(5) })],
    ['rank 9', 'INVALID_ARGUMENT', '.shape', inlineBundle(rank9)],
    ['NaN', 'INVALID_ARGUMENT', 'parameters', inlineBundle(floatTensor('parameters', [1, NaN, 3, 4, 5, 6]))],
    [
      'an unspecified type',
      'INVALID_ARGUMENT',
      '.data_type',
      inlineBundle({ ...good, dataType: DataType.UNSPECIFIED }),
    ],
    ['another name', 'INVALID_ARGUMENT', 'parameters', inlineBundle({ ...good, name: 'w' })],
    ['another length', 'INVALID_ARGUMENT', 'parameters', inlineBundle(floatTensor('parameters', [1, 2]))],
    [
      'a blob that is not there',
      'NOT_FOUND',
      'blob',
      { source: { $case: 'blob', value: { sha256: Buffer.alloc(32, 7), size: 80 } } },
    ],
  ])('parameters: %s', async (_, code, field, parameters) => {
    const call = callUnary(client, 'openSession', { ...opening(inlineBundle(good)), parameters });
    await expect(call).rejects.toMatchObject({
      detail: { code, field: expect.stringContaining(field) as string },
    });
  });

  it.each<[string, Partial<TrainRequest>, string, string]>([
    ['no game', { game: undefined }, 'INVALID_ARGUMENT', 'game'],
    ['an unknown data set', { game: { ...game, dataset: 'mnits' } }, 'INVALID_ARGUMENT', 'data'],
    ['an unknown model', { game: { ...game, model: 'lrr' } }, 'INVALID_ARGUMENT', 'game.model'],
    ['an unknown protocol', { protocol: 'p-cg' }, 'INVALID_ARGUMENT', 'protocol'],
    [
      'a convex protocol for a net',
      { game: { ...game, model: 'nn-gc' }, protocol: 'converged' },
      'FAILED_PRECONDITION',
      'protocol',
    ],
    ['an unknown defence', { defence: 'prayer' }, 'INVALID_ARGUMENT', 'defence'],
    ['an option that a defence has not', { defence: 'l2:zeal=1' }, 'INVALID_ARGUMENT', 'defence.l2'],
    ['a share above 1', { defence: 'l2:share=1.5' }, 'INVALID_ARGUMENT', 'defence.l2.share'],
    ['a defence that removes a whole class', { defence: 'slab:share=1' }, 'FAILED_PRECONDITION', 'defence'],
    ['more neighbours than there are rows', { defence: 'knn:k=1000' }, 'INVALID_ARGUMENT', 'defence'],
    ['trusted centroids of no rows', { defence: 'l2:centroids=trusted' }, 'FAILED_PRECONDITION', 'defence'],
    ['a negative seed', { seed: -1 }, 'INVALID_ARGUMENT', 'seed'],
    ['a slice that is too long', { sliceSeconds: 31 }, 'INVALID_ARGUMENT', 'slice_seconds'],
    ['too many epochs to keep', { keepEpochs: 101 }, 'INVALID_ARGUMENT', 'keep_epochs'],
    ['a label that is no class', { poison: poisonOf([1, 2], [2]) }, 'INVALID_ARGUMENT', 'poison.y'],
    [
      'a checkpoint that is not there',
      { resumeFrom: { sha256: Buffer.alloc(32), size: 9 } },
      'NOT_FOUND',
      'resume_from',
    ],
  ])('training: %s', async (_, change, code, field) => {
    await expect(slice({ ...training, ...change })).rejects.toMatchObject({
      detail: { code, field: expect.stringContaining(field) as string },
    });
  });

  it('and the service goes on serving', async () => {
    expect((await callUnary(client, 'describe', {})).contract).toBe('theriac.v1');
  });
});
