import { TheriacError } from '@theriac/tensors';
import { setTimeout as sleep } from 'node:timers/promises';

/** What a caller asks for once its slice has ended. */
const fetching = /\.BlobsService\/(Find|Get)$/;

/** The calls that a service is answering, so that it can stop taking new ones and wait for the rest. */
export interface CallsUnderWay {
  readonly count: number;
  /** Notes a call; throws UNAVAILABLE when draining. Returns what notes its end. */
  begin(controller: AbortController, method?: string): () => void;
  /** Refuses new calls from now on; only what was made here may still be fetched. */
  refuse(): void;
  /** Resolves when for so many seconds no call began or ended, or after the longest time. */
  quiet(seconds: number, longestSeconds: number): Promise<void>;
  /** Resolves when no call is under way, true, or after so many seconds, false. */
  idle(withinSeconds: number): Promise<boolean>;
  /** Aborts all calls under way. */
  abort(reason: TheriacError): void;
}

/** Counts calls. */
export function callsUnderWay(): CallsUnderWay {
  const running = new Set<AbortController>();
  const waiting = new Set<() => void>();
  let refusing = false;
  let changed = performance.now();
  return {
    get count() {
      return running.size;
    },
    begin(controller, method = '') {
      if (refusing && !fetching.test(method)) throw goingAway();
      running.add(controller);
      changed = performance.now();
      return () => {
        changed = performance.now();
        if (!running.delete(controller) || running.size > 0) return;
        for (const wake of waiting) wake();
        waiting.clear();
      };
    },
    refuse() {
      refusing = true;
    },
    async quiet(seconds, longestSeconds) {
      const end = performance.now() + longestSeconds * 1000;
      for (;;) {
        const now = performance.now();
        const until = Math.min(end, (running.size > 0 ? now : changed) + seconds * 1000);
        if (now >= until) return;
        await sleep(until - now);
      }
    },
    idle(withinSeconds) {
      if (running.size === 0) return Promise.resolve(true);
      return new Promise((resolve) => {
        const wake = () => {
          clearTimeout(timer);
          resolve(true);
        };
        const timer = setTimeout(() => {
          waiting.delete(wake);
          resolve(false);
        }, withinSeconds * 1000);
        waiting.add(wake);
      });
    },
    abort(reason) {
      for (const controller of running) controller.abort(reason);
    },
  };
}

/** UNAVAILABLE: the service is shutting down. */
export function goingAway(): TheriacError {
  return new TheriacError('the service is shutting down', {
    code: 'UNAVAILABLE',
    remedy:
      'Repeat the call on another replica, or when the service is back; a slice goes on from its last checkpoint.',
  });
}
