/** What the fakes have in common: slices of a job whose state is a running hash, and rows that follow from it. */
import type { TrainRequest } from '@theriac/contract/trainer';
import { sha256Hex } from '@theriac/game';
import { readBundle } from '@theriac/service-kit';
import type { BlobStore, CallContext } from '@theriac/service-kit';
import { decodeSafetensors, encodeSafetensors, invalid, randomStream, TheriacError } from '@theriac/tensors';

export interface FakeBehaviour {
  /** Called before every slice; what it throws fails the call. */
  readonly before?: (what: string) => void;
  /** Protocols under which training leaves the finite numbers. */
  readonly diverges?: readonly string[];
  /** Steps of a training and steps in a slice. */
  readonly steps?: number;
  readonly stepsPerSlice?: number;
}

export const fakeSize = 4;
export const features = 3;
export const cleanCount = 100;
export const backend = {
  name: 'fake',
  device: 'cpu',
  version: '1',
  threads: 1,
  secondOrder: true,
  compiles: false,
  selfCheckError: 0,
};

export function hashed(length: number, ...path: (string | number)[]): Float32Array {
  const values = new Float32Array(length);
  randomStream(0, ...path).fillUniform(values, -1, 1);
  return values;
}

/** Steps of a job with a running hash as state. */
export async function slice(
  { blobs }: CallContext,
  resumeFrom: TrainRequest['resumeFrom'],
  job: string,
  { steps = 5, stepsPerSlice = 2 }: FakeBehaviour,
) {
  let [step, hash] = [0, sha256Hex(job)];
  if (resumeFrom !== undefined) {
    const { metadata } = decodeSafetensors(await blobs.get(resumeFrom, 'resume_from'));
    if (metadata['job'] !== sha256Hex(job)) throw invalid('resume_from', 'a state of another job', sha256Hex(job));
    [step, hash] = [Number(metadata['step']), metadata['hash'] ?? ''];
  }
  const end = Math.min(steps, step + stepsPerSlice);
  for (; step < end; step++) hash = sha256Hex(hash + String(step));
  const state = encodeSafetensors([], { job: sha256Hex(job), step: String(step), hash });
  const checkpoint = { state: await blobs.put(state), step, of: steps, done: step === steps };
  return { checkpoint, hash };
}

export async function rowsOf(poison: TrainRequest['poison'], blobs: BlobStore): Promise<string> {
  if (poison?.rows === undefined) return 'clean';
  return sha256Hex(
    Buffer.concat([...(await readBundle(poison.rows, blobs, 'poison')).values()].map(({ bytes }) => bytes)),
  );
}

export const progress = (step: number, of: number) =>
  ({ event: { $case: 'progress', value: { step, of, seconds: 0, metrics: { loss: 1 } } } }) as const;
export const limits = {
  messageBytes: 1,
  blobBytes: 1,
  rank: 8,
  sessions: 1,
  sessionLeaseSeconds: 1,
  sliceSeconds: 1,
};
export const absent = (): never => {
  throw new TheriacError('the fake does not play this', { code: 'FAILED_PRECONDITION' });
};
