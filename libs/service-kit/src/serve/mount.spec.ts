import { makeGenericClientConstructor, status as Status, type Client, type ServiceDefinition } from '@grpc/grpc-js';
import type { EvaluatorServiceClient } from '@theriac/contract/evaluator';
import { invalid, TheriacError } from '@theriac/tensors';
import { setTimeout as sleep } from 'node:timers/promises';
import { callStream, callUnary } from '../client/calls';
import { connect } from '../client/connect';
import { evaluator, failure, serving, type Served } from '../fixtures/evaluator';
import { implement } from './call';

const scored = { scores: [], testCount: 7 };
const request = { game: undefined, parameters: undefined };
const opened: Served[] = [];
afterEach(async () => {
  for (const served of opened.splice(0)) await served.stop();
});
async function open(...given: Parameters<typeof serving>): Promise<Served> {
  const served = await serving(...given);
  opened.push(served);
  return served;
}

/** Never resolves; rejects when the signal aborts. */
const aborted = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));

describe('a call', () => {
  it('is answered, and knows its method and its caller', async () => {
    const seen: string[] = [];
    const { client } = await open([
      evaluator({ score: (_, { method, peer }) => (seen.push(method, peer), Promise.resolve(scored)) }),
    ]);
    expect(await callUnary(client, 'score', request)).toEqual(scored);
    expect(seen).toEqual(['/theriac.v1.EvaluatorService/Score', expect.stringContaining('127.0.0.1')]);
  });

  it('that is wrong is refused with code, field, found, allowed and remedy', async () => {
    const { client } = await open([
      evaluator({
        score() {
          throw invalid('game.dataset', 'mnits', 'mnist, spambase', 'Did you mean mnist?');
        },
      }),
    ]);
    const error = await failure(callUnary(client, 'score', request));
    expect(error.message).toBe('game.dataset is "mnits"; allowed: mnist, spambase. Did you mean mnist?');
    expect(error.detail).toEqual({
      code: 'INVALID_ARGUMENT',
      field: 'game.dataset',
      found: '"mnits"',
      allowed: 'mnist, spambase',
      remedy: 'Did you mean mnist?',
    });
  });

  it('that meets a defect fails as INTERNAL, and the service goes on', async () => {
    let calls = 0;
    const { client } = await open([
      evaluator({
        score: () => (calls++ === 0 ? Promise.reject(new TypeError('x is undefined')) : Promise.resolve(scored)),
      }),
    ]);
    const error = await failure(callUnary(client, 'score', request));
    expect(error.detail.code).toBe('INTERNAL');
    expect(error.message).not.toContain('undefined');
    expect(await callUnary(client, 'score', request)).toEqual(scored);
  });

  it.each(['cancelled', 'late'])('that is %s aborts the signal of its handler', async (how) => {
    let reason: unknown;
    const { client } = await open([
      evaluator({
        async score(_, { signal }) {
          await aborted(signal).catch((error: unknown) => (reason = error));
          return scored;
        },
      }),
    ]);
    const controller = new AbortController();
    const settings = how === 'late' ? { deadlineSeconds: 0.2 } : { signal: controller.signal };
    const call = failure(callUnary(client, 'score', request, settings));
    await sleep(100);
    controller.abort();
    const error = await call;
    expect(error.detail.code).toBe(how === 'late' ? 'UNAVAILABLE' : 'CANCELLED');
    while (reason === undefined) await sleep(5);
    expect(reason).toMatchObject({ detail: { code: 'CANCELLED' } });
  });

  it('larger than 4 MiB, and garbage, are refused', async () => {
    const { client, service } = await open([evaluator({ score: () => Promise.resolve(scored) })]);
    const data = Buffer.alloc(5 << 20);
    const parameters = {
      source: {
        $case: 'inline' as const,
        value: { tensors: [{ name: 'parameters', dataType: 1 as const, shape: [data.length / 4], data }] },
      },
    };
    expect((await failure(callUnary(client, 'score', { ...request, parameters }))).detail.code).toBe(
      'RESOURCE_EXHAUSTED',
    );
    const bytes = (value: Buffer) => value;
    const code = await new Promise((resolve) =>
      client.makeUnaryRequest(
        '/theriac.v1.EvaluatorService/Score',
        bytes,
        bytes,
        Buffer.from([0xff, 0xff, 0x07]),
        (error) => resolve(error?.code),
      ),
    );
    expect(code).toBe(Status.INTERNAL);
    expect(await callUnary(client, 'score', request)).toEqual(scored);
    expect(service.role).toBe('evaluator');
  });

  it('too many at a time are refused', async () => {
    const { client } = await open([evaluator({ score: (_, { signal }) => aborted(signal) })], { calls: { calls: 2 } });
    const controller = new AbortController();
    const waiting = [1, 2].map(() => failure(callUnary(client, 'score', request, { signal: controller.signal })));
    await sleep(100);
    expect((await failure(callUnary(client, 'score', request))).detail).toMatchObject({
      code: 'RESOURCE_EXHAUSTED',
      allowed: 'at most 2 at a time',
      retryAfterSeconds: 1,
    });
    controller.abort();
    await Promise.all(waiting);
  });
});

describe('a stream', () => {
  const bytes = (value: Buffer) => value;
  const definition = {
    stream: {
      path: '/theriac.v1.Test/Stream',
      requestStream: false,
      responseStream: true,
      requestSerialize: bytes,
      requestDeserialize: bytes,
      responseSerialize: bytes,
      responseDeserialize: bytes,
    },
  } as const;
  const StreamClient = makeGenericClientConstructor(definition, 'theriac.v1.Test') as unknown as {
    new (...given: ConstructorParameters<typeof Client>): EvaluatorServiceClient & { stream: unknown };
    service: ServiceDefinition;
  };
  const streamOf = (client: Client) =>
    callStream(client as never, 'stream' as never, Buffer.from('go') as never) as AsyncGenerator<Buffer>;

  it('comes in order, then its error', async () => {
    const service = implement(definition, {
      async *stream() {
        yield Buffer.from('a');
        yield Buffer.from('b');
        throw new TheriacError('diverged', { code: 'ABORTED', field: 'loss' });
      },
    });
    const { service: running } = await open([service]);
    const client = connect(StreamClient, running.address);
    const got: string[] = [];
    const error = await failure(
      (async () => {
        for await (const item of streamOf(client)) got.push(item.toString());
      })(),
    );
    client.close();
    expect(got).toEqual(['a', 'b']);
    expect(error.detail).toEqual({ code: 'ABORTED', field: 'loss' });
  });

  it('runs at the pace of its reader, and stops when the reader leaves', async () => {
    let made = 0;
    let finished = false;
    const service = implement(definition, {
      async *stream() {
        try {
          for (;;) {
            made++;
            yield Buffer.alloc(1 << 20);
          }
        } finally {
          finished = true;
        }
      },
    });
    const { service: running } = await open([service]);
    const client = connect(StreamClient, running.address);
    for await (const item of streamOf(client)) {
      expect(item).toHaveLength(1 << 20);
      await sleep(300);
      break;
    }
    while (!finished) await sleep(5);
    client.close();
    // What windows and queues between the two can hold, far less than an unbounded stream makes in 300 ms.
    expect(made).toBeLessThan(60);
  });
});
