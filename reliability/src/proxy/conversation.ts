/** What a client says to a trainer in a few calls of every kind, and the numbers that it gets. */
import { Distribution } from '@theriac/contract/trainer';
import type { TrainerServiceClient } from '@theriac/contract/trainer';
import { blobsOf, callStream, callUnary, downloadBlob, readRemoteBundle, uploadBlob } from '@theriac/service-kit';
import { randomStream, TheriacError } from '@theriac/tensors';
import { createHash } from 'node:crypto';
import { drawnVector, smallGameSpec, smallPoison } from '../wire/small-game';

const uploadBytes = 200_000;
const deadlineSeconds = 4;
const selection = { distribution: Distribution.MIXTURE, cleanRows: undefined, poisonRows: undefined };

/** Calls of every kind, each a thing of its own to be repeated; gives a digest of all numbers that came back. */
export async function converse(
  client: TrainerServiceClient,
  seed: number,
  attempt: <T>(work: () => Promise<T>) => Promise<T>,
): Promise<string> {
  const settings = { deadlineSeconds };
  const blobs = blobsOf(client);
  // A session may be lost by the call that opens it: then another one is opened, as a follower does.
  const { gradient, product } = await attempt(async () => {
    const { sessionId } = await callUnary(
      client,
      'openSession',
      { game: smallGameSpec, parameters: drawnVector('parameters', seed), poison: smallPoison, leaseSeconds: 10 },
      settings,
    );
    const answers = {
      gradient: await callUnary(client, 'gradient', { sessionId, ...selection }, settings),
      product: await callUnary(
        client,
        'hessianVectorProduct',
        { sessionId, ...selection, vector: drawnVector('vector', seed) },
        settings,
      ),
    };
    await callUnary(client, 'closeSession', { sessionId }, settings);
    return answers;
  });
  const numbers = createHash('sha256').update(JSON.stringify([gradient.loss, gradient.norm]));
  for (const [bundle, name] of [
    [gradient.gradient, 'gradient'],
    [product.product, 'product'],
  ] as const) {
    const tensors = await attempt(() => readRemoteBundle(blobs, bundle, settings));
    numbers.update(tensors.get(name)?.bytes ?? Buffer.alloc(0));
  }
  numbers.update(await attempt(() => trained(client, seed)));
  const random = randomStream(seed, 'reliability', 'blob');
  const content = Buffer.from(Uint8Array.from({ length: uploadBytes }, () => 256 * random.uniform()));
  const ref = await attempt(() => uploadBlob(blobs, content, settings));
  numbers.update(await attempt(() => downloadBlob(blobs, ref, settings)));
  return numbers.digest('hex');
}

/** The state after a short training: progress and checkpoint of one slice. */
async function trained(client: TrainerServiceClient, seed: number): Promise<Buffer> {
  const request = {
    game: smallGameSpec,
    poison: smallPoison,
    protocol: 'p-gc@2',
    seed,
    defence: '',
    resumeFrom: undefined,
    sliceSeconds: 2,
    keepEpochs: 1,
  };
  for await (const { event } of callStream(client, 'train', request, { deadlineSeconds }))
    if (event?.$case === 'end' && event.value.outcome) {
      const { loss, accuracy, gradientNorm } = event.value.outcome;
      return Buffer.from(JSON.stringify([event.value.checkpoint?.step, loss, accuracy, gradientNorm]));
    }
  throw new TheriacError('the slice ended without an end', { code: 'DATA_LOSS' });
}
