import { credentials, makeGenericClientConstructor, type Client } from '@grpc/grpc-js';
import { EvaluatorServiceClient } from '@theriac/contract/evaluator';
import { service as healthService } from 'grpc-health-check';
import { setTimeout as sleep } from 'node:timers/promises';
import { callUnary } from '../client/calls';
import { connect } from '../client/connect';
import { evaluator, failure, serving, type Served } from '../fixtures/evaluator';

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
