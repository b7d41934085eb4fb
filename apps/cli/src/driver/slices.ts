/** Long work in slices: ask, follow the events, keep the checkpoint, ask again, until it is done. */
import type { Checkpoint, Progress } from '@theriac/contract/game';
import type { BlobRef } from '@theriac/contract/tensor';
import { TheriacError } from '@theriac/tensors';

export interface SliceEvent<Outcome> {
  readonly event?:
    | { readonly $case: 'progress'; readonly value: Progress }
    | {
        readonly $case: 'end';
        readonly value: { readonly checkpoint?: Checkpoint | undefined; readonly outcome?: Outcome | undefined };
      }
    | undefined;
}

export interface SlicedWork<Outcome> {
  /** What is being done, for errors. */
  readonly label: string;
  /** The state to go on from, as the service holds it. */
  readonly resumeFrom: BlobRef | undefined;
  ask(resumeFrom: BlobRef | undefined): AsyncIterable<SliceEvent<Outcome>>;
  onProgress(progress: { readonly step: number; readonly of: number; readonly metrics: Record<string, number> }): void;
  /** A slice has ended before the work has: keep the state. */
  onCheckpoint(checkpoint: { readonly state: BlobRef; readonly step: number; readonly of: number }): Promise<void>;
}

/** Runs slices until the service says `done`; gives the outcome. Throws DATA_LOSS when a stream ends without a checkpoint. */
export async function runSlices<Outcome>(work: SlicedWork<Outcome>): Promise<Outcome> {
  let resumeFrom = work.resumeFrom;
  let reached = -1;
  for (;;) {
    const end = await followSlice(work, resumeFrom);
    const { checkpoint, outcome } = end;
    if (checkpoint?.done === true && outcome !== undefined) return outcome;
    if (checkpoint?.state === undefined || checkpoint.done) throw incomplete(work.label, 'no checkpoint');
    if (checkpoint.step <= reached) throw incomplete(work.label, `no step beyond ${reached}`);
    reached = checkpoint.step;
    resumeFrom = checkpoint.state;
    await work.onCheckpoint({ state: checkpoint.state, step: checkpoint.step, of: checkpoint.of });
  }
}

async function followSlice<Outcome>(
  work: SlicedWork<Outcome>,
  resumeFrom: BlobRef | undefined,
): Promise<{ checkpoint?: Checkpoint | undefined; outcome?: Outcome | undefined }> {
  for await (const { event } of work.ask(resumeFrom)) {
    if (event?.$case === 'progress') {
      const { step, of, metrics } = event.value;
      work.onProgress({ step, of, metrics });
    } else if (event?.$case === 'end') return event.value;
  }
  throw incomplete(work.label, 'a stream without an end');
}

function incomplete(label: string, found: string): TheriacError {
  return new TheriacError(`the service broke off: ${label}`, {
    code: 'DATA_LOSS',
    found,
    allowed: 'a checkpoint at the end of each slice',
    remedy: 'Look at the log of the service, then resume the run.',
  });
}
