/** Runs checks one after the other, each within a bound, and says how each ended. */
import { setMaxListeners } from 'node:events';
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

/** Runs one check for at most `mostSeconds`. Throws only where `signal` was aborted. */
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
  try {
    return ended('passed', await check.run({ ...subject, settings: { ...subject.settings, signal } }));
  } catch (error) {
    outer?.throwIfAborted();
    const text = error instanceof Error ? error.message : String(error);
    return ended(error instanceof NotOffered ? 'not offered' : 'failed', text);
  } finally {
    clearTimeout(timer);
  }
}

function tooLong(seconds: number): TheriacError {
  return new TheriacError(`no end within ${seconds} s`, { code: 'CANCELLED' });
}
