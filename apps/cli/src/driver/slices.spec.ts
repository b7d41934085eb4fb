import type { Checkpoint } from '@theriac/contract/game';
import { runSlices } from './slices';
import type { SliceEvent } from './slices';

const stateAt = (step: number) => ({ sha256: Buffer.from([step]), size: step });
const checkpoint = (step: number, done = false): Checkpoint => ({ state: stateAt(step), step, of: 6, done });

/** A job of six steps, two in a slice. */
async function* honest(resumeFrom: { size: number } | undefined): AsyncGenerator<SliceEvent<string>> {
  const step = (resumeFrom?.size ?? 0) + 2;
  yield { event: { $case: 'progress', value: { step, of: 6, seconds: 1, metrics: { loss: 6 - step } } } };
  const done = step === 6;
  yield { event: { $case: 'end', value: { checkpoint: checkpoint(step, done), outcome: done ? 'w' : undefined } } };
}

function play(ask: (resumeFrom: { size: number } | undefined) => AsyncIterable<SliceEvent<string>>) {
  const seen: string[] = [];
  const outcome = runSlices<string>({
    label: 'training',
    resumeFrom: undefined,
    ask,
    onProgress: ({ step, metrics }) => seen.push(`progress ${step} ${metrics['loss']}`),
    onCheckpoint: async ({ step }) => void seen.push(`kept ${step}`),
  });
  return { outcome, seen };
}

describe('runSlices', () => {
  it('goes from checkpoint to checkpoint until it is done', async () => {
    const { outcome, seen } = play(honest);
    expect(await outcome).toBe('w');
    expect(seen).toEqual(['progress 2 4', 'kept 2', 'progress 4 2', 'kept 4', 'progress 6 0']);
  });

  it('refuses a service that does not get on', async () => {
    const { outcome } = play(async function* () {
      yield { event: { $case: 'end', value: { checkpoint: checkpoint(2), outcome: undefined } } };
    });
    await expect(outcome).rejects.toThrow('no step beyond 2');
  });

  it('refuses a stream without an end, and an end without a checkpoint', async () => {
    await expect(play(async function* () {}).outcome).rejects.toThrow('a stream without an end');
    const empty = play(async function* () {
      yield { event: { $case: 'end', value: {} } };
    });
    await expect(empty.outcome).rejects.toThrow('no checkpoint');
  });
});
