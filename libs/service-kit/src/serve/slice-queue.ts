import { TheriacError } from '@theriac/tensors';
import { setGauge } from '../telemetry/instruments';
import type { ImplementedService, ServerStream } from './call';

export interface SliceLimits {
  /** Slices computed at a time. */
  readonly slices: number;
  /** Slices that wait for their turn. */
  readonly queue: number;
}

export const defaultSliceLimits: SliceLimits = { slices: 16, queue: 64 };
const hintSeconds = 2;

/**
 * The service with its streaming methods, each a slice of long work, taken in turn: so many at a time, so many waiting in order of arrival
 * before anything of theirs is read, and RESOURCE_EXHAUSTED with a retry hint for more.
 */
export function queueSlices({ definition, handlers }: ImplementedService, limits: SliceLimits): ImplementedService {
  const turns = sliceTurns(limits);
  const queued = Object.entries(handlers).map(([name, handler]) => {
    if (definition[name]?.responseStream !== true) return [name, handler] as const;
    const inTurn: ServerStream<unknown, unknown> = async function* (request, context) {
      const leave = await turns.take(context.signal);
      try {
        yield* (handler as ServerStream<unknown, unknown>)(request, context);
      } finally {
        leave();
      }
    };
    return [name, inTurn] as const;
  });
  return { definition, handlers: Object.fromEntries(queued) };
}

/** Turns at computing. */
export interface SliceTurns {
  /** Resolves with what gives the turn back. RESOURCE_EXHAUSTED where the queue is full; the signal's reason when it aborts. */
  take(signal: AbortSignal): Promise<() => void>;
}

export function sliceTurns({ slices, queue }: SliceLimits): SliceTurns {
  const waiting = new Set<() => void>();
  let running = 0;

  function tell(): void {
    setGauge('slicesUnderWay', running);
    setGauge('slicesWaiting', waiting.size);
  }
  function leave(): void {
    running--;
    const [next] = waiting;
    if (next === undefined) return tell();
    waiting.delete(next);
    next();
  }
  const once = (): (() => void) => {
    running++;
    tell();
    let left = false;
    return () => {
      if (!left) leave();
      left = true;
    };
  };

  tell();

  return {
    take(signal) {
      if (running < slices) return Promise.resolve(once());
      if (waiting.size >= queue) return Promise.reject(busy(running, waiting.size));
      return new Promise((resolve, reject) => {
        const begin = () => {
          signal.removeEventListener('abort', giveUp);
          resolve(once());
        };
        const giveUp = () => {
          waiting.delete(begin);
          tell();
          reject(signal.reason as Error);
        };
        if (signal.aborted) return giveUp();
        waiting.add(begin);
        tell();
        signal.addEventListener('abort', giveUp, { once: true });
      });
    },
  };
}

function busy(running: number, waiting: number): TheriacError {
  return new TheriacError('the service has too many slices to compute', {
    code: 'RESOURCE_EXHAUSTED',
    found: `${running} under way and ${waiting} waiting`,
    remedy: 'Ask again later, or start another replica.',
    retryAfterSeconds: hintSeconds,
  });
}
