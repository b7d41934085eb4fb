/** Slices, whatever is computed in them: checkpoints, replay, resumption, cancellation. */
import type { TrainerServiceClient } from '@theriac/contract/trainer';
import { blobRefOf, callUnary, downloadBlob, uploadBlob } from '@theriac/service-kit';
import { encodeSafetensors, TheriacError } from '@theriac/tensors';
import { demand, NotOffered } from '../check';
import type { Check } from '../check';
import { allRefused } from '../refusals';
import { allSlices, endOf, least, oneSlice } from '../slices';
import type { Asked, Sliced } from '../slices';
import type { AnySubject } from '../subject';

/** Work of one kind on a service. */
export interface SlicedJob<S extends AnySubject, Outcome> {
  /** What the ids of its checks begin with. */
  readonly name: string;
  /** Of a few dozen short steps; another `variant` is another request. */
  short(s: S, variant?: number): Promise<Sliced<Outcome>>;
  /** Of hours; undefined: the service does nothing so long. */
  long(s: S): Promise<Sliced<Outcome> | undefined>;
}

/** The checks of a kind of work. */
export function sliceChecks<S extends AnySubject, Outcome>(job: SlicedJob<S, Outcome>): readonly Check<S>[] {
  const { name } = job;
  return [
    {
      id: `${name}.slices`,
      promise: 'a slice ends with a checkpoint beyond the last one, and with an outcome when it is done',
      async run(s) {
        const slices = await allSlices(await job.short(s), { sliceSeconds: least });
        return `${slices.length} slices, ${slices.at(-1)?.checkpoint.of} steps`;
      },
    },
    {
      id: `${name}.replay`,
      promise: 'the same request gives the same bytes, in one slice or in many',
      async run(s) {
        const work = await job.short(s);
        const once = await endOf(work, await allSlices(work, whole(s)));
        const again = await endOf(work, await allSlices(work, whole(s)));
        demand(once === again, 'asked twice, it gave other bytes');
        const many = await allSlices(work, { sliceSeconds: least });
        demand(once === (await endOf(work, many)), `in ${many.length} slices it gave other bytes than in one`);
        return `1 and ${many.length} slices`;
      },
    },
    {
      id: `${name}.resume`,
      promise: 'work goes on from any checkpoint, whoever carries its state, to the same bytes',
      async run(s) {
        const work = await job.short(s);
        const expected = await endOf(work, await allSlices(work, whole(s)));
        const slices = await allSlices(work, { sliceSeconds: least });
        const resumable = slices.filter(({ checkpoint }) => !checkpoint.done);
        if (resumable.length === 0) throw new NotOffered('the work is done in one slice');
        const some = new Set([0, Math.floor(resumable.length / 2), resumable.length - 1]);
        for (const at of some) {
          const { state, checkpoint } = resumable[at]!;
          const carried = await uploadBlob(s.blobs, await downloadBlob(s.blobs, state, s.settings), s.settings);
          const rest = await allSlices(work, { ...whole(s), resumeFrom: carried });
          demand((await endOf(work, rest)) === expected, `from step ${checkpoint.step} on it gave other bytes`);
        }
        return `from ${some.size} checkpoints`;
      },
    },
    {
      id: `${name}.foreign-state`,
      promise: 'a state that is not of this request is refused',
      async run(s) {
        const [work, other] = [await job.short(s), await job.short(s, 1)];
        const { state } = await oneSlice(other, { sliceSeconds: least });
        const junk = await uploadBlob(s.blobs, Buffer.from('this is no checkpoint, whatever else it is'), s.settings);
        const tensors = await uploadBlob(s.blobs, encodeSafetensors([], { who: 'knows' }), s.settings);
        const unknown = await blobRefOf(Buffer.from(`nobody put this ${performance.timeOrigin}`));
        const from = (resumeFrom: Asked['resumeFrom']) => () => oneSlice(work, { ...whole(s), resumeFrom });
        return allRefused([
          {
            what: 'a state of another request',
            call: from(state),
            status: 'FAILED_PRECONDITION',
            field: 'resume_from',
          },
          { what: 'a blob that is no state', call: from(junk), status: 'INVALID_ARGUMENT' },
          {
            what: 'tensors that are no state',
            call: from(tensors),
            status: ['INVALID_ARGUMENT', 'FAILED_PRECONDITION'],
          },
          { what: 'a state that is not held', call: from(unknown), status: 'NOT_FOUND', field: 'resume_from' },
        ]);
      },
    },
    {
      id: `${name}.budget`,
      promise: 'a slice ends soon after its budget and tells how it goes meanwhile; one above the limit is refused',
      async run(s) {
        const work = await longWork(job, s);
        const timed = async (budget: number) => {
          const started = performance.now();
          const slice = await oneSlice(work, { sliceSeconds: budget });
          return { ...slice, budget, seconds: (performance.now() - started) / 1000 };
        };
        let slice = await timed(Math.min(2, sliceLimit(s)));
        // On tiny data even the longest work may be done within seconds.
        if (slice.checkpoint.done) slice = await timed(slice.budget / 4);
        const { checkpoint, progress, budget, seconds } = slice;
        demand(!checkpoint.done, 'work of hours was done at once');
        demand(seconds < budget + patience, `a slice of ${budget} s took ${seconds.toFixed(1)} s`);
        demand(progress.length > 0, `${seconds.toFixed(1)} s passed without progress`);
        const over = { sliceSeconds: 2 * sliceLimit(s) };
        const tooLong = { what: 'a slice above the limit', call: () => oneSlice(work, over), field: 'slice_seconds' };
        await allRefused([{ ...tooLong, status: 'INVALID_ARGUMENT' }]);
        return `${seconds.toFixed(1)} s of ${budget} s, ${progress.length} times progress`;
      },
    },
    {
      id: `${name}.busy`,
      promise: 'while a slice computes, Describe and Find answer',
      async run(s) {
        const { budget, found: seconds } = await midway(job, s, () => answerTime(s));
        const most = Math.min(10, 0.6 * budget);
        demand(seconds < most, `within a slice of ${budget} s they took ${seconds.toFixed(1)} s`);
        return `${seconds.toFixed(2)} s`;
      },
    },
    {
      id: `${name}.cancel`,
      promise: 'cancelling a call stops its work: the next call does not wait for it',
      async run(s) {
        const begun = await midway(job, s, async () => undefined);
        const started = performance.now();
        await allSlices(await job.short(s), whole(s));
        const seconds = (performance.now() - started) / 1000;
        demand(
          seconds < 0.6 * begun.budget,
          `after a cancelled slice of ${begun.budget} s the next work took ${seconds.toFixed(1)} s`,
        );
        return `the next work took ${seconds.toFixed(1)} s`;
      },
    },
  ];
}

/** Seconds that a slice may take beyond its budget: one step of a slow machine. */
const patience = 15;

const sliceLimit = (s: AnySubject): number => s.about.limits?.sliceSeconds ?? 20;

/** As much as one slice can be. */
const whole = (s: AnySubject): Asked => ({ sliceSeconds: Math.min(30, sliceLimit(s)) });

async function longWork<S extends AnySubject, Outcome>(job: SlicedJob<S, Outcome>, s: S): Promise<Sliced<Outcome>> {
  const work = await job.long(s);
  if (work === undefined) throw new NotOffered('nothing that it does takes long');
  return work;
}

/** Begins the longest slice, does something once it is under way, and cancels it. */
async function midway<S extends AnySubject, Outcome, T>(
  job: SlicedJob<S, Outcome>,
  s: S,
  act: () => Promise<T>,
): Promise<{ readonly budget: number; readonly found: T }> {
  const budget = Math.min(30, sliceLimit(s));
  const controller = new AbortController();
  const { signal: outer } = s.settings;
  const signal = outer === undefined ? controller.signal : AbortSignal.any([outer, controller.signal]);
  const work = await longWork(job, { ...s, settings: { ...s.settings, signal } });
  const stopped = new TheriacError('cancelled by the check', { code: 'CANCELLED' });
  const results: T[] = [];
  try {
    for await (const { event } of work.ask({ sliceSeconds: budget })) {
      demand(event?.$case === 'progress', 'work of hours was done at once');
      results.push(await act());
      controller.abort(stopped);
    }
  } catch (error) {
    if (error !== stopped) throw error;
  }
  const [found] = results;
  demand(results.length > 0, 'a slice ended without an event');
  return { budget, found: found as T };
}

/** Seconds until the service has said what it offers and what it holds. */
async function answerTime({ client, blobs, settings }: AnySubject): Promise<number> {
  const started = performance.now();
  await Promise.all([
    callUnary(client as TrainerServiceClient, 'describe', {}, settings),
    callUnary(blobs, 'find', { refs: [] }, settings),
  ]);
  return (performance.now() - started) / 1000;
}
