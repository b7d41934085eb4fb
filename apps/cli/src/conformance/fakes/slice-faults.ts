/** Streams of slices that are wrong, whatever is computed. */
import { setTimeout as sleep } from 'node:timers/promises';
import { wrapped } from './altered';
import type { Alteration } from './altered';

interface Event {
  readonly event?: { readonly $case: string } | undefined;
}

export function withoutProgress(method: string): Alteration {
  return wrapped(
    method,
    (handler) =>
      async function* (request, context) {
        for await (const answer of handler(request, context) as AsyncIterable<Event>)
          if (answer.event?.$case === 'end') yield answer;
      },
  );
}

/** Runs each slice to its end, whoever has gone. */
export function deaf(method: string): Alteration {
  return wrapped(
    method,
    (handler) =>
      async function* (request, context) {
        const { signal } = new AbortController();
        const inner = handler(request, { ...context, signal }) as AsyncIterable<Event>;
        const all = (async () => {
          const events = [];
          for await (const event of inner) events.push(event);
          return events;
        })();
        yield { event: { $case: 'progress', value: { step: 0, of: 1e6, seconds: 0, metrics: {} } } };
        yield* (await all).filter(({ event }) => event?.$case === 'end');
      },
  );
}

/** Describe waits as if for its turn. */
export const slowToSay: Alteration = wrapped('describe', (handler) => async (request, context) => {
  await sleep(1500);
  return handler(request, context);
});
