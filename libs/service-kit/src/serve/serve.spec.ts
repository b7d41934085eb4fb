import {
  credentials,
  makeGenericClientConstructor,
  status as Status,
  type Client,
  type ServiceDefinition,
} from '@grpc/grpc-js';
import { EvaluatorServiceClient } from '@theriac/contract/evaluator';
import { invalid, TheriacError } from '@theriac/tensors';
import { service as healthService } from 'grpc-health-check';
import { existsSync, statSync } from 'node:fs';
import { link, mkdtemp, rm, writeFile } from 'node:fs/promises';
import http2 from 'node:http2';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { callStream, callUnary } from '../client/calls';
import { connect, flowControlWindow } from '../client/connect';
import { evaluator, failure, serving, type Served } from '../fixtures/evaluator';
import { implement } from './call';
import { serve } from './serve';

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
    const { client } = await open([evaluator({ score: (_, { signal }) => aborted(signal) })], { calls: 2 });
    const controller = new AbortController();
    const waiting = [1, 2].map(() => failure(callUnary(client, 'score', request, { signal: controller.signal })));
    await sleep(100);
    expect((await failure(callUnary(client, 'score', request))).detail).toMatchObject({
      code: 'RESOURCE_EXHAUSTED',
      allowed: 'at most 2 at a time',
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

describe('an address', () => {
  let folder: string;
  beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), 'theriac-test-'))));
  afterAll(() => rm(folder, { recursive: true }));
  const start = (listen: string) =>
    serve({ role: 'evaluator', listen, implement: () => [evaluator({ score: () => Promise.resolve(scored) })] });

  it('may be a socket, for its owner only, removed at the end', async () => {
    const path = join(folder, 'a.sock');
    const { client, service } = await open([evaluator({ score: () => Promise.resolve(scored) })], {
      listen: `unix:${path}`,
    });
    expect(service.address).toBe(`unix:${path}`);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(await callUnary(client, 'score', request)).toEqual(scored);
    expect((await failure(start(`unix:${path}`))).detail).toMatchObject({
      code: 'FAILED_PRECONDITION',
      found: 'EADDRINUSE',
    });
    await opened.pop()?.stop();
    expect(existsSync(path)).toBe(false);
  });

  it('may be a socket that a dead service left behind', async () => {
    const path = join(folder, 'stale.sock');
    const dead = createServer();
    await new Promise<void>((resolve) => dead.listen(join(folder, 'moved.sock'), resolve));
    await link(join(folder, 'moved.sock'), path);
    await new Promise((resolve) => dead.close(resolve));
    expect(statSync(path).isSocket()).toBe(true);
    await (await start(`unix:${path}`)).drain(0);
  });

  it('must not be another file', async () => {
    const path = join(folder, 'notes.txt');
    await writeFile(path, 'mine');
    expect((await failure(start(`unix:${path}`))).message).toMatch(/no socket/);
    expect(existsSync(path)).toBe(true);
    expect((await failure(start(`unix:${join(folder, 'absent', 'a.sock')}`))).detail.remedy).toMatch(/folder/);
  });

  it('that is in use is refused', async () => {
    const { service } = await open([evaluator({})]);
    const error = await failure(start(service.address));
    expect(error.detail).toMatchObject({ code: 'FAILED_PRECONDITION', field: 'listen', found: 'EADDRINUSE' });
    expect(error.message).toContain(service.address);
  });

  it('beyond this machine is refused in plaintext', async () => {
    expect((await failure(start('0.0.0.0:0'))).detail.remedy).toMatch(/--allow-plaintext/);
  });

  it('lets callers have 8 MiB under way', async () => {
    const { service } = await open([evaluator({})]);
    const session = http2.connect(`http://${service.address}`);
    const settings = await new Promise<http2.Settings>((resolve) => session.on('remoteSettings', resolve));
    session.close();
    expect(settings.initialWindowSize).toBe(flowControlWindow);
  });
});

describe('draining', () => {
  it('refuses new calls, waits for those under way, and closes the compute', async () => {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    let closed = false;
    const compute = { close: () => ((closed = true), Promise.resolve()) };
    const { client, service } = await open([evaluator({ score: () => held.then(() => scored) })], { compute });
    const call = callUnary(client, 'score', request);
    await sleep(100);
    const drained = service.drain(10);
    expect(service.drain()).toBe(drained);
    await sleep(50);
    const other = connect(EvaluatorServiceClient, service.address, { attempts: 1 });
    expect((await failure(callUnary(other, 'score', request))).detail.code).toBe('UNAVAILABLE');
    other.close();
    expect(closed).toBe(false);
    release();
    expect(await call).toEqual(scored);
    await drained;
    expect(closed).toBe(true);
  });

  it('aborts what is left when the grace ends', async () => {
    const { client, service } = await open(
      [evaluator({ score: (_, { signal }) => aborted(signal) })],
      {},
      { attempts: 1 },
    );
    const call = failure(callUnary(client, 'score', request));
    await sleep(100);
    await service.drain(0.1);
    expect((await call).message).toMatch(/shutting down/);
  });
});

describe('what tools expect', () => {
  it('health: serving, then not', async () => {
    const { service } = await open([evaluator({})]);
    const HealthClient = makeGenericClientConstructor(healthService, 'health');
    const health = new HealthClient(service.address, credentials.createInsecure());
    const updates: unknown[] = [];
    const names = ['', 'theriac.v1.EvaluatorService', 'theriac.v1.BlobsService'];
    for (const name of names) {
      const answer = await new Promise((resolve) => {
        health.check?.({ service: name }, (_: unknown, value: unknown) => resolve(value));
      });
      expect(answer).toEqual({ status: 'SERVING' });
    }
    const watch = health.watch?.({ service: '' }) as NodeJS.ReadableStream;
    watch.on('data', (value) => updates.push(value)).on('error', () => undefined);
    while (updates.length === 0) await sleep(5);
    await service.drain(0);
    expect(updates).toEqual([{ status: 'SERVING' }, { status: 'NOT_SERVING' }]);
    health.close();
  });

  it('reflection: the services and their files', async () => {
    const { service } = await open([evaluator({})]);
    const { loadSync } = await import('@grpc/proto-loader');
    const { loadPackageDefinition } = await import('@grpc/grpc-js');
    const path = require
      .resolve('@grpc/reflection')
      .replace(/build.*$/, 'build/proto/grpc/reflection/v1/reflection.proto');
    const { grpc } = loadPackageDefinition(loadSync(path)) as never as {
      grpc: {
        reflection: {
          v1: { ServerReflection: new (...given: unknown[]) => Client & Record<string, () => NodeJS.ReadWriteStream> };
        };
      };
    };
    const client = new grpc.reflection.v1.ServerReflection(service.address, credentials.createInsecure());
    const stream = client.ServerReflectionInfo?.() as NodeJS.ReadWriteStream & { write(message: object): void };
    const answers: Record<string, unknown>[] = [];
    stream.on('data', (answer: Record<string, unknown>) => answers.push(answer)).on('error', () => undefined);
    stream.write({ listServices: '' });
    stream.write({ fileContainingSymbol: 'theriac.v1.EvaluatorService' });
    while (answers.length < 2) await sleep(5);
    stream.end();
    client.close();
    expect(JSON.stringify(answers[0])).toMatch(/theriac\.v1\.BlobsService.*theriac\.v1\.EvaluatorService/);
    expect(JSON.stringify(answers[0])).not.toContain('TrainerService');
    const { fileDescriptorProto } = answers[1]?.fileDescriptorResponse as { fileDescriptorProto: Buffer[] };
    expect(Buffer.concat(fileDescriptorProto.map((file) => Buffer.from(file))).toString('latin1')).toContain(
      'VerifyPoison',
    );
  });
});
