/** A trainer that is told to stop in the middle of a slice. */
import { TrainerServiceClient } from '@theriac/contract/trainer';
import type { TrainRequest, TrainSliceEnd } from '@theriac/contract/trainer';
import { blobsOf, callStream, connect, downloadBlob, readRemoteBundle, uploadBlob } from '@theriac/service-kit';
import type { RunningService } from '@theriac/service-kit';
import { float32Of } from '@theriac/tensors';
import { startTrainer } from './start';

const training: TrainRequest = {
  game: { dataset: 'gaussians', trainLimit: 0, validationCount: 0, model: 'lr', scaling: 1 },
  poison: undefined,
  protocol: 'p-tgda@3000',
  seed: 1,
  defence: '',
  resumeFrom: undefined,
  sliceSeconds: 60,
  keepEpochs: 1,
};

const closes: (() => unknown)[] = [];
afterEach(async () => {
  await Promise.all(closes.splice(0).map((close) => close()));
});

async function started(): Promise<{ service: RunningService; client: TrainerServiceClient }> {
  const service = await startTrainer({ listen: '127.0.0.1:0', compute: 'inline', threads: 1 });
  const client = connect(TrainerServiceClient, service.address);
  closes.push(() => (client.close(), service.drain(0)));
  return { service, client };
}

/** One slice; `onProgress` is called at its first sign of life. */
async function slice(
  client: TrainerServiceClient,
  request: TrainRequest,
  onProgress = () => {},
): Promise<TrainSliceEnd> {
  for await (const { event } of callStream(client, 'train', request)) {
    if (event?.$case === 'progress') onProgress();
    if (event?.$case === 'end') return event.value;
  }
  throw new Error('the slice had no end');
}

async function parametersOf(client: TrainerServiceClient, { outcome }: TrainSliceEnd): Promise<number[]> {
  const tensors = await readRemoteBundle(blobsOf(client), outcome?.parameters);
  const found = tensors.get('parameters');
  return found === undefined ? [] : [...float32Of(found)];
}

it('ends its slice with a checkpoint that can still be fetched, from which another goes on to the same bytes', async () => {
  const first = await started();
  let drained: Promise<void> | undefined;
  const end = await slice(first.client, training, () => void (drained ??= first.service.drain(20)));
  expect(end.checkpoint?.done).toBe(false);
  expect(end.checkpoint?.step).toBeGreaterThan(0);
  const state = await downloadBlob(blobsOf(first.client), end.checkpoint?.state);
  await drained;
  const second = await started();
  const resumeFrom = await uploadBlob(blobsOf(second.client), state);
  const rest = await slice(second.client, { ...training, resumeFrom });
  expect(rest.checkpoint?.done).toBe(true);
  const whole = await slice(second.client, training);
  expect(await parametersOf(second.client, rest)).toEqual(await parametersOf(second.client, whole));
}, 60_000);
