/** Repeating what failed through no fault of its own: growing waits with jitter, a bounded number of attempts without progress. */
import { TheriacError } from '@theriac/tensors';
import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { isServiceError } from '../status';

/** How long a caller goes on with what fails. */
export interface Patience {
  /** Attempts in a row without progress. */
  readonly attempts: number;
  /** Before the second attempt; doubled before every further one. */
  readonly firstWaitSeconds: number;
  readonly longestWaitSeconds: number;
  /** Seconds in all, without progress, for which a service may say that it is busy and when to come again. */
  readonly busySeconds: number;
}

/** About 40 s without progress, which outlasts the restart of a service. */
export const standardPatience: Patience = {
  attempts: 10,
  firstWaitSeconds: 0.2,
  longestWaitSeconds: 10,
  busySeconds: 1800,
};

/** An attempt that failed and will be followed by another. */
export interface FailedAttempt {
  readonly error: TheriacError;
  /** Failures in a row without progress, 0 where the service was only busy. */
  readonly failures: number;
  readonly waitSeconds: number;
}

export interface RepeatSettings {
  readonly patience?: Patience;
  /** Ends the repeating with the error at hand. */
  readonly signal?: AbortSignal | undefined;
  /** Something that changes when work has got on: the count of failures begins anew. */
  readonly progress?: () => unknown;
  readonly onFailure?: (attempt: FailedAttempt) => void;
}

/** Runs `work` until it succeeds, or fails for good. Throws the last error. */
export async function repeatedly<T>(work: () => Promise<T>, settings: RepeatSettings = {}): Promise<T> {
  const { patience = standardPatience, signal, progress = () => 0, onFailure } = settings;
  let failures = 0;
  let busy = 0;
  for (;;) {
    const before = progress();
    try {
      return await work();
    } catch (error) {
      if (isAborted(signal) || !mayPass(error)) throw error;
      if (progress() !== before) failures = busy = 0;
      const hint = error.detail.retryAfterSeconds;
      const waitSeconds =
        hint === undefined
          ? waitAfter(++failures, patience)
          : Math.max(hint, patience.firstWaitSeconds) * jitter(1, 1.5);
      if (hint !== undefined) busy += waitSeconds;
      if (failures >= patience.attempts || busy > patience.busySeconds) throw error;
      onFailure?.({ error, failures, waitSeconds });
      await sleep(waitSeconds * 1000, undefined, signal ? { signal } : {}).catch(() => undefined);
      if (isAborted(signal)) throw error;
    }
  }
}

/** Whether an error may be gone at the next attempt: a service that is away, busy or shutting down, bytes damaged on the way. */
export function mayPass(error: unknown): error is TheriacError {
  if (!(error instanceof TheriacError)) return false;
  const { code, retryAfterSeconds } = error.detail;
  if (code === 'UNAVAILABLE') return true;
  if (code === 'RESOURCE_EXHAUSTED') return retryAfterSeconds !== undefined;
  // A blob that was offered is gone where its holder has started anew meanwhile; a call is cancelled by its server, too.
  const blob = code === 'NOT_FOUND' && error.message.includes('blob');
  return isServiceError(error.cause) && (code === 'DATA_LOSS' || code === 'CANCELLED' || blob);
}

const isAborted = (signal: AbortSignal | undefined): boolean => signal?.aborted ?? false;

function waitAfter(failures: number, { firstWaitSeconds, longestWaitSeconds }: Patience): number {
  return Math.min(longestWaitSeconds, firstWaitSeconds * 2 ** (failures - 1)) * jitter(0.5, 1);
}

// So that callers who failed together do not come again together; no result depends on it.
const jitter = (from: number, to: number): number => from + ((to - from) * randomInt(1000)) / 1000;
