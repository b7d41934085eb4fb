/** The pace of one slice of work, from its events. */
import { TheriacError } from '@theriac/tensors';
import type { SliceEvent } from './slices';

export interface Pace {
  /** Steps of the whole work; 0 where nothing was heard of them. */
  readonly steps: number;
  /** Seconds of one step; null where none was finished. */
  readonly secondsPerStep: number | null;
  /** Why there is no pace. */
  readonly reason?: string;
}

export type Ask = (signal: AbortSignal) => AsyncIterable<SliceEvent<unknown>>;

/** Follows one slice; breaks it off after `patienceSeconds`. Throws only where `signal` is aborted. */
export async function paceOf(ask: Ask, patienceSeconds: number, signal: AbortSignal): Promise<Pace> {
  const own = new AbortController();
  const timer = setTimeout(() => own.abort(), 1000 * patienceSeconds);
  let first: { step: number; at: number } | undefined;
  let last: { step: number; at: number } | undefined;
  let steps = 0;
  const seen = (step: number, of: number): void => {
    steps = of;
    last = { step, at: performance.now() };
    first ??= last;
  };
  const started = performance.now();
  try {
    for await (const { event } of ask(AbortSignal.any([signal, own.signal]))) {
      if (event?.$case === 'progress') seen(event.value.step, event.value.of);
      const checkpoint = event?.$case === 'end' ? event.value.checkpoint : undefined;
      if (checkpoint !== undefined) seen(checkpoint.step, checkpoint.of);
    }
  } catch (error) {
    if (signal.aborted) throw error;
    const reason = error instanceof TheriacError ? error.message : String(error);
    if (!own.signal.aborted) return { steps, secondsPerStep: null, reason };
  } finally {
    clearTimeout(timer);
  }
  if (first === undefined || last === undefined || last.step === 0)
    return { steps, secondsPerStep: null, reason: `no step within ${patienceSeconds} s` };
  // What came before the first step reported is setting up: data, graphs.
  const between = last.step > first.step && first.step > 0;
  const taken = between ? last.at - first.at : last.at - started;
  return { steps, secondsPerStep: taken / 1000 / (last.step - (between ? first.step : 0)) };
}
