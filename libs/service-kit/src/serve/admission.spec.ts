import { status as Status } from '@grpc/grpc-js';
import { EvaluatorServiceClient } from '@theriac/contract/evaluator';
import http2, { type ClientHttp2Session } from 'node:http2';
import { setTimeout as sleep } from 'node:timers/promises';
import { callUnary } from '../client/calls';
import { connect } from '../client/connect';
import { evaluator, failure, serving, type Served } from '../fixtures/evaluator';
import type { CallLimits } from './admission';

const scored = { scores: [], testCount: 7 };
const request = { game: undefined, parameters: undefined };
const score = '/theriac.v1.EvaluatorService/Score';
const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const aborted = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));

async function open(calls: Partial<CallLimits>, answers = true): Promise<Served> {
  const served = await serving(
    [evaluator({ score: (_, { signal }) => (answers ? Promise.resolve(scored) : aborted(signal)) })],
    { calls },
  );
  closing.push(() => served.stop());
  return served;
}

function session({ service }: Served): ClientHttp2Session {
  const made = http2.connect(`http://${service.address}`);
  made.on('error', () => undefined);
  closing.push(() => made.destroy());
  return made;
}

/** Opens a call and never ends it: its gRPC status when that comes, and whether the service closed the stream. */
function begun(over: ClientHttp2Session, path: string, bytes?: Buffer) {
  const stream = over.request({ ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers' });
  stream.on('error', () => undefined);
  if (bytes) stream.write(bytes);
  const status = new Promise<number>((resolve) => {
    const told = (headers: http2.IncomingHttpHeaders) =>
      headers['grpc-status'] !== undefined && resolve(Number(headers['grpc-status']));
    stream.on('response', told).on('trailers', told).resume();
  });
  return { status, closed: new Promise<void>((resolve) => stream.once('close', resolve)) };
}

it('one client has so many calls, begun or answered, and others are let in', async () => {
  const served = await open({ callsPerClient: 3 });
  const abuser = session(served);
  const first = [1, 2, 3].map(() => begun(abuser, score));
  await sleep(50);
  const refused = await Promise.all([1, 2, 3, 4].map(() => begun(abuser, score).status));
  expect(refused).toEqual([1, 2, 3, 4].map(() => Status.RESOURCE_EXHAUSTED));
  expect(await callUnary(served.client, 'score', request)).toEqual(scored);
  expect(first).toHaveLength(3);
});

it('a full service lets in whoever has little under way', async () => {
  const served = await open({ calls: 256, callsPerClient: 250 });
  for (const abuser of [session(served), session(served)]) for (let k = 0; k < 140; k++) begun(abuser, score);
  await sleep(200);
  const late = session(served);
  begun(late, score);
  begun(late, score);
  expect(await begun(late, score).status).toBe(Status.RESOURCE_EXHAUSTED);
  expect(await callUnary(served.client, 'score', request)).toEqual(scored);
});

it.each([
  ['a call without a request', score, undefined],
  ['a request that does not end', score, Buffer.from([0, 0, 0, 1, 0, 1])],
  ['an upload without messages', '/theriac.v1.BlobsService/Put', undefined],
])('%s ends by itself, and its stream is closed', async (_, path, bytes) => {
  const { status, closed } = begun(session(await open({ idleSeconds: 0.2 })), path, bytes);
  expect(await status).toBe(Status.DEADLINE_EXCEEDED);
  await closed;
});

it('a call without a deadline is given one', async () => {
  const served = await open({ callSeconds: 0.2 }, false);
  const client = connect(EvaluatorServiceClient, served.service.address, { attempts: 1 });
  closing.push(() => client.close());
  const error = await new Promise((resolve) =>
    client.score({ ...request, signals: undefined, members: undefined }, (reason) => resolve(reason)),
  );
  expect(String(error)).toMatch(/DEADLINE_EXCEEDED.*had no deadline/);
});

it('says when to come again', async () => {
  const served = await open({ calls: 1, callsPerClient: 1 }, false);
  const controller = new AbortController();
  const waiting = failure(callUnary(served.client, 'score', request, { signal: controller.signal }));
  await sleep(100);
  expect((await failure(callUnary(served.client, 'score', request))).detail).toMatchObject({
    code: 'RESOURCE_EXHAUSTED',
    retryAfterSeconds: 1,
  });
  controller.abort();
  await waiting;
});
