import { EvaluatorServiceClient } from '@theriac/contract/evaluator';
import { TheriacError } from '@theriac/tensors';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { evaluator, failure } from '../fixtures/evaluator';
import { serve, type RunningService } from '../serve/serve';
import { callUnary } from './calls';
import { addressesIn, connectToOneOf, type ReplicaOptions, type Replicas } from './replicas';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()));
});

/** A service whose test rows are as many as `mark`. */
async function marked(mark: number, listen = '127.0.0.1:0'): Promise<RunningService> {
  const score = async () => ({ scores: [], testCount: mark });
  const service = await serve({ role: 'evaluator', listen, implement: () => [evaluator({ score })] });
  open.push({ close: () => service.drain(0) });
  return service;
}

function replicas(
  addresses: readonly string[],
  options: ReplicaOptions<EvaluatorServiceClient> = {},
): Replicas<EvaluatorServiceClient> {
  const made = connectToOneOf(EvaluatorServiceClient, addresses, options);
  open.push(made);
  return made;
}

const score = async ({ client }: Replicas<EvaluatorServiceClient>) =>
  (await callUnary(client, 'score', { game: undefined, parameters: undefined })).testCount;

it('moves to the next that serves when its own is gone, and stays there', async () => {
  const [first, second] = [await marked(1), await marked(2)];
  const held = replicas([first.address, '127.0.0.1:9', second.address]);
  expect(await score(held)).toBe(1);
  await first.drain(0);
  expect((await failure(score(held))).detail.code).toBe('UNAVAILABLE');
  expect(await held.recover()).toBe('moved');
  expect([held.address, await score(held)]).toEqual([second.address, 2]);
  expect(await held.recover()).toBe('same');
});

it('finds a service that has come back at its address', async () => {
  const first = await marked(1);
  const held = replicas([first.address]);
  expect(await score(held)).toBe(1);
  await first.drain(0);
  expect((await failure(held.recover())).detail).toMatchObject({ code: 'UNAVAILABLE', field: 'address' });
  await marked(2, first.address);
  expect(await held.recover()).toBe('same');
  expect(await score(held)).toBe(2);
});

it('starts a service anew where it may', async () => {
  const first = await marked(1);
  let starts = 0;
  const held = replicas([first.address], { restart: async () => void (await marked(++starts + 1, first.address)) });
  expect([await held.recover(), starts]).toEqual(['same', 0]);
  await first.drain(0);
  expect([await held.recover(), starts, await score(held)]).toEqual(['restarted', 1, 2]);
});

it('passes over a replica that may not take over', async () => {
  const [first, other, third] = [await marked(1), await marked(2), await marked(3)];
  const admit = async (client: EvaluatorServiceClient) => {
    const { testCount } = await callUnary(client, 'score', { game: undefined, parameters: undefined });
    if (testCount === 2) throw new TheriacError('another engine', { code: 'FAILED_PRECONDITION' });
  };
  const held = replicas([first.address, other.address, third.address], { admit });
  await first.drain(0);
  expect([await held.recover(), await score(held)]).toEqual(['moved', 3]);
  const two = replicas([first.address, other.address], { admit });
  expect((await failure(two.recover())).detail.code).toBe('FAILED_PRECONDITION');
});

it('leaves a service that is ending', async () => {
  const [first, second] = [await marked(1), await marked(2)];
  const held = replicas([first.address, second.address]);
  expect(await score(held)).toBe(1);
  void first.drain(5);
  expect([await held.recover(), await score(held)]).toEqual(['moved', 2]);
});

describe('a service that is frozen', () => {
  let child: ChildProcess;
  afterEach(() => child.kill('SIGKILL'));

  it('fails its call within seconds, and is not taken again', async () => {
    const main = join(__dirname, '../fixtures/service-main.cjs');
    child = spawn(process.execPath, [main], { stdio: ['ignore', 'pipe', 'ignore'] });
    const [line] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
    const [, address = ''] = /listening on (\S+)/.exec(line.toString()) ?? [];
    const second = await marked(2);
    const held = replicas([address, second.address]);
    const game = { dataset: '', trainLimit: 60_000, validationCount: 0, model: '', scaling: 0 as const };
    const call = failure(callUnary(held.client, 'score', { game, parameters: undefined }));
    await new Promise((resolve) => setTimeout(resolve, 300));
    child.kill('SIGSTOP');
    const stopped = performance.now();
    expect((await call).detail.code).toBe('UNAVAILABLE');
    // 3.5 s; the rest is room for a busy machine.
    expect(performance.now() - stopped).toBeLessThan(15_000);
    expect(await held.recover()).toBe('moved');
  }, 60_000);
});

it('reads addresses with commas between', () => {
  expect(addressesIn('unix:/a, localhost:7,[::1]:8')).toEqual(['unix:/a', '127.0.0.1:7', '[::1]:8']);
  expect(() => addressesIn('unix:/a,,x', 'trainer')).toThrow(/trainer/);
});
