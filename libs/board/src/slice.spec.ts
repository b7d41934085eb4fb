import type { PlainState } from '@theriac/game';
import { runSlice } from './slice';
import type { SlicedWork, SliceProgress } from './slice';

/** Counts to `of`, `milliseconds` a step. */
function counting(of: number, milliseconds = 0): SlicedWork<PlainState, { last: number; seconds: number }> {
  return {
    fingerprint: `count to ${of}`,
    start: () => ({ step: 0, of, done: of === 0, scalars: { sum: 0 }, arrays: {} }),
    step({ step, scalars }) {
      const until = performance.now() + milliseconds;
      while (performance.now() < until);
      const sum = (scalars['sum'] as number) + step;
      return { step: step + 1, of, done: step + 1 === of, scalars: { sum }, arrays: {} };
    },
    metrics: ({ scalars }) => ({ sum: scalars['sum'] as number, nothing: NaN }),
    outcome: ({ scalars }, seconds) => ({ last: scalars['sum'] as number, seconds }),
  };
}

function context(events: SliceProgress[] = [], pause = async (): Promise<void> => {}) {
  return { emit: (event: SliceProgress) => void events.push(event), pause };
}

describe('a slice', () => {
  it('of unlimited time ends the work', async () => {
    const end = await runSlice(counting(5), undefined, 60, context());
    expect(end).toMatchObject({ step: 5, of: 5, done: true, outcome: { last: 10 } });
  });

  it('however short takes a step, so that the work ends', async () => {
    const work = counting(3);
    const steps: number[] = [];
    for (let state: Uint8Array | undefined; ;) {
      const end = await runSlice(work, state, 1e-9, context());
      steps.push(end.step);
      if (end.outcome !== undefined) break;
      state = end.state;
    }
    expect(steps).toEqual([1, 2, 3]);
  });

  it('of work that is done takes no step', async () => {
    expect(await runSlice(counting(0), undefined, 60, context())).toMatchObject({ step: 0, done: true });
  });

  it('tells how it goes, in finite figures, and counts the seconds of the slices before it', async () => {
    const events: SliceProgress[] = [];
    const work = counting(8, 100);
    const first = await runSlice(work, undefined, 0.35, context(events));
    expect(first.done).toBe(false);
    const second = await runSlice(work, first.state, 60, context(events));
    expect(second.outcome?.seconds).toBeGreaterThanOrEqual(0.8);
    expect(events.length).toBeGreaterThan(1);
    for (const { metrics } of events) expect(Object.keys(metrics)).toEqual(['steps_per_second', 'sum']);
    // 100 ms a step, on a machine that may be slower than that.
    const pace = events.at(-1)?.metrics['steps_per_second'];
    expect(pace).toBeLessThanOrEqual(10);
    expect(pace).toBeGreaterThan(0.1);
  });

  it('stops where its pause says so', async () => {
    let pauses = 0;
    const pause = async (): Promise<void> => {
      pauses += 1;
      if (pauses === 2) throw new Error('cancelled');
    };
    await expect(runSlice(counting(9), undefined, 60, context([], pause))).rejects.toThrow('cancelled');
    expect(pauses).toBe(2);
  });

  it('ends early, but with a step and its checkpoint, where the service ends', async () => {
    const first = await runSlice(counting(9), undefined, 60, { ...context(), ending: () => true });
    expect(first).toMatchObject({ step: 1, done: false });
    expect(await runSlice(counting(9), first.state, 60, context())).toMatchObject({ step: 9, outcome: { last: 36 } });
  });

  it('refuses the checkpoint of other work', async () => {
    const { state } = await runSlice(counting(9), undefined, 1e-9, context());
    await expect(runSlice(counting(8), state, 60, context())).rejects.toMatchObject({
      detail: { code: 'FAILED_PRECONDITION', field: 'resume_from' },
    });
  });
});
