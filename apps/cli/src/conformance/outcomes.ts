/** Runs checks one after the other, each within a bound, and says how each ended. */
import { setMaxListeners } from 'node:events';
import { refusalOf } from '@theriac/service-kit';
import { TheriacError } from '@theriac/tensors';
import { NotOffered } from './check';
import type { Check } from './check';

export type Verdict = 'passed' | 'failed' | 'not offered';

export interface Outcome {
  readonly id: string;
  readonly promise: string;
  readonly verdict: Verdict;
  readonly found: string;
  readonly seconds: number;
}

/** Statuses of a caller who may not ask: whether the promise holds cannot be told. */
const shutOut = ['PERMISSION_DENIED', 'UNAUTHENTICATED'];

/** Runs one check for at most `mostSeconds`. Throws only where the signal was aborted, or the service does not let us in. */
export async function outcomeOf<S extends { readonly settings: { readonly signal?: AbortSignal | undefined } }>(
  check: Check<S>,
  subject: S,
  mostSeconds: number,
): Promise<Outcome> {
  const started = performance.now();
  const { signal: outer } = subject.settings;
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(tooLong(mostSeconds)), mostSeconds * 1000);
  const signal = outer === undefined ? late.signal : AbortSignal.any([outer, late.signal]);
  setMaxListeners(0, signal); // a check may make many calls at a time
  const ended = (verdict: Verdict, found: string): Outcome => {
    const { id, promise } = check;
    return { id, promise, verdict, found, seconds: (performance.now() - started) / 1000 };
  };
  // A call that ignores its signal must not hold up the others.
  const given = new Promise<never>((_, reject) =>
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }),
  );
  try {
    const run = check.run({ ...subject, settings: { ...subject.settings, signal } });
    return ended('passed', await Promise.race([run, given]));
  } catch (error) {
    outer?.throwIfAborted();
    if (shutOut.includes(refusalOf(error)?.status ?? '')) throw error;
    const text = error instanceof Error ? error.message : String(error);
    return ended(error instanceof NotOffered ? 'not offered' : 'failed', text);
  } finally {
    clearTimeout(timer);
  }
}

function tooLong(seconds: number): TheriacError {
  return new TheriacError(`no end within ${seconds} s`, { code: 'CANCELLED' });
}
