import { EvaluatorServiceClient, EvaluatorServiceService } from '@theriac/contract/evaluator';
import { TheriacError } from '@theriac/tensors';
import { evaluator, failure, serving, type Served } from '../fixtures/evaluator';
import { callUnary } from './calls';
import { addressOf, blobsOf, connect, waitUntilReachable, type ConnectOptions } from './connect';

const request = { game: undefined, parameters: undefined };
const scored = { scores: [], testCount: 7 };
let served: Served | undefined;
afterEach(async () => {
  await served?.stop();
  served = undefined;
});

/** A service that is unavailable for the first calls; how often it was called. */
async function flaky(failures: number, connection: ConnectOptions): Promise<{ calls: number }> {
  const seen = { calls: 0 };
  const score = () =>
    ++seen.calls <= failures
      ? Promise.reject(new TheriacError('not yet', { code: 'UNAVAILABLE' }))
      : Promise.resolve(scored);
  served = await serving([evaluator({ score })], {}, connection);
  return seen;
}

it('repeats a call that the service did not take', async () => {
  const seen = await flaky(2, {});
  expect(await callUnary((served as Served).client, 'score', request)).toEqual(scored);
  expect(seen.calls).toBe(3);
});

it.each<[string, ConnectOptions]>([
  ['that is made once only', { once: [EvaluatorServiceService.score] }],
  ['where repeating is off', { attempts: 1 }],
])('does not repeat a call %s', async (_, connection) => {
  const seen = await flaky(1, connection);
  expect((await failure(callUnary((served as Served).client, 'score', request))).message).toBe('not yet.');
  expect(seen.calls).toBe(1);
});

it('says that nobody answers', async () => {
  const client = connect(EvaluatorServiceClient, '127.0.0.1:9', { attempts: 1 });
  const error = await failure(callUnary(client, 'score', request));
  expect(error.detail).toMatchObject({ code: 'UNAVAILABLE', found: expect.stringContaining('ECONNREFUSED') as string });
  expect(error.message).toContain('127.0.0.1:9');
  expect((await failure(waitUntilReachable(client, 0.1))).detail.code).toBe('UNAVAILABLE');
  client.close();
});

it('stays off proxies on this machine', async () => {
  process.env.http_proxy = 'http://127.0.0.1:9';
  try {
    await flaky(0, { attempts: 1 });
    expect(await callUnary((served as Served).client, 'score', request)).toEqual(scored);
  } finally {
    delete process.env.http_proxy;
  }
});

it('refuses addresses that are none, or beyond this machine', () => {
  expect(() => connect(EvaluatorServiceClient, 'nowhere')).toThrow(/address is "nowhere"/);
  expect(() => connect(EvaluatorServiceClient, '10.0.0.1:80')).toThrow(/plaintext/);
  const client = connect(EvaluatorServiceClient, '10.0.0.1:80', { allowPlaintext: true });
  expect(addressOf(blobsOf(client))).toBe('10.0.0.1:80');
  client.close();
});
