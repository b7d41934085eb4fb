/** Long work in slices, followed by the letter of the contract. */
import type { Checkpoint, Progress } from '@theriac/contract/game';
import type { BlobRef } from '@theriac/contract/tensor';
import type { SliceEvent } from '../driver/slices';
import { demand, present } from './check';

/** Most slices that a walk may take. */
const mostSlices = 500;
/** The least budget, seconds: a slice takes a step all the same. */
export const least = 0.001;

export interface Asked {
  readonly resumeFrom?: BlobRef | undefined;
  readonly sliceSeconds: number;
}

/** Some work that can be asked for in slices. */
export interface Sliced<Outcome> {
  ask(asked: Asked): AsyncIterable<SliceEvent<Outcome>>;
  /** Everything of an outcome that must be the same each time, as text. */
  digest(outcome: Outcome): Promise<string>;
}

export interface Slice<Outcome> {
  readonly checkpoint: Checkpoint;
  readonly state: BlobRef;
  readonly outcome: Outcome | undefined;
  readonly progress: readonly Progress[];
}

/** One slice. Throws Broken where the stream is not some progress and then one end. */
export async function oneSlice<Outcome>(work: Sliced<Outcome>, asked: Asked): Promise<Slice<Outcome>> {
  const progress: Progress[] = [];
  let end: { readonly checkpoint?: Checkpoint | undefined; readonly outcome?: Outcome | undefined } | undefined;
  for await (const { event } of work.ask(asked)) {
    demand(end === undefined, 'events follow the end of a slice');
    if (event?.$case === 'progress') progress.push(event.value);
    else end = present(event, 'the event of an answer').value;
  }
  const { checkpoint: sent, outcome } = present(end, 'the end of a slice');
  const checkpoint = present(sent, 'checkpoint');
  const { step, of, done } = checkpoint;
  demand(step >= 0 && step <= of, `the checkpoint is at step ${step} of ${of}`);
  demand(done === (outcome !== undefined), done ? 'it is done without an outcome' : 'it is not done, with an outcome');
  const steps = [...progress.map((each) => each.step), step];
  demand(
    steps.every((each, k) => k === 0 || each >= steps[k - 1]!),
    `progress goes back: steps ${steps.join(', ')}`,
  );
  for (const { metrics } of progress)
    for (const [name, value] of Object.entries(metrics))
      demand(Number.isFinite(value), `progress says ${name} is ${value}`);
  return { checkpoint, state: present(checkpoint.state, 'checkpoint.state'), outcome, progress };
}

/** All slices from a state to the end. Throws Broken where a slice goes no step on. */
export async function allSlices<Outcome>(work: Sliced<Outcome>, first: Asked): Promise<Slice<Outcome>[]> {
  const slices: Slice<Outcome>[] = [];
  let asked = first;
  for (;;) {
    const slice = await oneSlice(work, asked);
    const before = slices.at(-1);
    const { step, of, done } = slice.checkpoint;
    demand(before === undefined || step > before.checkpoint.step, `a slice ends at step ${step}, where it began`);
    demand(before === undefined || of === before.checkpoint.of, `the steps in all became ${of}`);
    slices.push(slice);
    if (done) return slices;
    demand(slices.length < mostSlices, `${mostSlices} slices of ${asked.sliceSeconds} s are not enough`);
    asked = { ...first, resumeFrom: slice.state };
  }
}

/** The digest of what the last slice gave. */
export function endOf<Outcome>(work: Sliced<Outcome>, slices: readonly Slice<Outcome>[]): Promise<string> {
  return work.digest(present(slices.at(-1)?.outcome, 'the outcome'));
}
