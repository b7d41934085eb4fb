/** The loop of every slice: step until the budget is spent or the work is done; it owns time, progress and cancellation. */
import { decodePlainState, encodePlainState } from '@theriac/game';
import type { PlainState } from '@theriac/game';
import type { ComputeContext } from '@theriac/service-kit';

/** Seconds between two progress events. */
const progressEvery = 0.25;

/** How a slice is going. */
export interface SliceProgress {
  /** Steps taken so far, over all slices. */
  readonly step: number;
  readonly of: number;
  /** Steps of this slice. */
  readonly taken: number;
  /** Seconds of this slice. */
  readonly seconds: number;
  readonly metrics: Readonly<Record<string, number>>;
}

/** What a slice hands back: where it stands, and what the work gave once it is done. */
export interface SliceOutput<Outcome> {
  /** The checkpoint. */
  readonly state: Uint8Array;
  readonly step: number;
  readonly of: number;
  /** Steps of this slice. */
  readonly taken: number;
  readonly metrics: Readonly<Record<string, number>>;
  readonly done: boolean;
  readonly outcome: Outcome | undefined;
}

/** A long computation over plain state. */
export interface SlicedWork<S extends PlainState, Outcome> {
  /** Names everything that determines the result. */
  readonly fingerprint: string;
  start(): S;
  step(state: S): S | Promise<S>;
  metrics(state: S): Record<string, number>;
  /** What the finished work gave; `seconds` are those of all slices. */
  outcome(state: S, seconds: number): Outcome;
}

/**
 * Runs `work` from `from` (undefined: the start) for at most `sliceSeconds`, or until the service ends. Throws CANCELLED at the
 * next step when cancelled.
 */
export async function runSlice<S extends PlainState, Outcome>(
  work: SlicedWork<S, Outcome>,
  from: Uint8Array | undefined,
  sliceSeconds: number,
  context: ComputeContext<SliceProgress>,
): Promise<SliceOutput<Outcome>> {
  const started = performance.now();
  const elapsed = (): number => (performance.now() - started) / 1000;
  const { state: first, before } = from === undefined ? { state: work.start(), before: 0 } : resumed<S>(work, from);
  let state = first;
  let reported = 0;
  let ready = 0;
  let taken = 0;
  // At least one step, so that the shortest slices come to an end too.
  const goesOn = (): boolean => elapsed() < sliceSeconds && context.ending?.() !== true;
  while (!state.done && (taken === 0 || goesOn())) {
    state = await work.step(state);
    taken += 1;
    // The first step of a slice may compile what the others use: it does not count where there are others.
    if (taken === 1) ready = elapsed();
    if (elapsed() - reported >= progressEvery) {
      reported = elapsed();
      const pace = taken === 1 ? 1 / reported : (taken - 1) / (reported - ready);
      const metrics = finite({ steps_per_second: pace, ...work.metrics(state) });
      context.emit({ step: state.step, of: state.of, taken, seconds: reported, metrics });
    }
    await context.pause();
  }
  const seconds = before + elapsed();
  const bytes = encodePlainState({ ...state, scalars: { ...state.scalars, seconds } }, work.fingerprint);
  const { step, of, done } = state;
  const metrics = finite(work.metrics(state));
  return { state: bytes, step, of, taken, metrics, done, outcome: done ? work.outcome(state, seconds) : undefined };
}

function resumed<S extends PlainState>(
  work: { readonly fingerprint: string },
  from: Uint8Array,
): { state: S; before: number } {
  const found = decodePlainState(from, work.fingerprint);
  const { seconds, ...scalars } = found.scalars;
  return { state: { ...found, scalars } as S, before: seconds as number };
}

/** The figures that are finite: no NaN reaches a report. */
export function finite(metrics: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(metrics).filter(([, value]) => Number.isFinite(value)));
}
