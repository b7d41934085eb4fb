import { createBlobStore } from '../blobs/blob-store';
import { silentLogger } from '../logging';
import { implement, type CallContext } from './call';
import { queueSlices, sliceTurns } from './slice-queue';

const never = new AbortController().signal;

it('gives turns in order of arrival, and takes each back once', async () => {
  const turns = sliceTurns({ slices: 1, queue: 2 });
  const order: string[] = [];
  const first = await turns.take(never);
  const second = turns.take(never).then((leave) => (order.push('second'), leave));
  const third = turns.take(never).then((leave) => (order.push('third'), leave));
  first();
  first();
  (await second)();
  (await third)();
  expect(order).toEqual(['second', 'third']);
  (await turns.take(never))();
});

it('refuses what the queue does not hold, with a hint', async () => {
  const turns = sliceTurns({ slices: 1, queue: 0 });
  const leave = await turns.take(never);
  await expect(turns.take(never)).rejects.toMatchObject({
    detail: { code: 'RESOURCE_EXHAUSTED', retryAfterSeconds: 2, found: '1 under way and 0 waiting' },
  });
  leave();
  (await turns.take(never))();
});

it('forgets who gave up waiting', async () => {
  const turns = sliceTurns({ slices: 1, queue: 1 });
  const leave = await turns.take(never);
  const controller = new AbortController();
  const waiting = turns.take(controller.signal);
  controller.abort(new Error('gone'));
  await expect(waiting).rejects.toThrow('gone');
  const next = turns.take(never);
  leave();
  (await next)();
});

it('holds streaming methods only, until their stream is left', async () => {
  const bytes = (value: Buffer) => value;
  const method = (name: string, responseStream: boolean) =>
    ({
      path: `/theriac.v1.Test/${name}`,
      requestStream: false,
      responseStream,
      requestSerialize: bytes,
      requestDeserialize: bytes,
      responseSerialize: bytes,
      responseDeserialize: bytes,
    }) as const;
  const service = implement({ ask: method('Ask', false), work: method('Work', true) }, {
    ask: () => Promise.resolve(Buffer.from('answer')),
    async *work() {
      yield await Promise.resolve(Buffer.from('1'));
      yield Buffer.from('2');
    },
  } as never);
  const { handlers } = queueSlices(service, { slices: 1, queue: 0 });
  const context = { signal: never, blobs: createBlobStore(), log: silentLogger() } as unknown as CallContext;
  const work = () => (handlers.work as (q: unknown, c: CallContext) => AsyncGenerator<Buffer>)(undefined, context);
  const busy = work();
  await busy.next();
  await expect(work().next()).rejects.toMatchObject({ detail: { code: 'RESOURCE_EXHAUSTED' } });
  const ask = handlers.ask as (q: unknown, c: CallContext) => Promise<Buffer>;
  expect((await ask(undefined, context)).toString()).toBe('answer');
  await busy.return(undefined);
  expect(await work().next()).toEqual({ done: false, value: Buffer.from('1') });
});
