import { TheriacError } from '@theriac/tensors';
import { join } from 'node:path';
import { testHandlers, type TestMethods } from '../fixtures/compute-handlers';
import { failure } from '../fixtures/evaluator';
import { computeItems, type Compute } from './compute';
import { inlineCompute } from './inline-compute';
import { workerCompute } from './worker-compute';

const workerFile = join(__dirname, '../fixtures/compute-worker.cjs');
const crashes: TheriacError[] = [];

describe.each<[string, () => Compute<TestMethods>]>([
  ['inline', () => inlineCompute(testHandlers)],
  ['in a worker thread', () => workerCompute(workerFile, { onCrash: (error) => crashes.push(error) })],
])('a compute %s', (_, open) => {
  let compute: Compute<TestMethods>;
  beforeAll(() => (compute = open()));
  afterAll(() => compute.close());

  it('gives what the handler gives', async () => {
    const input = new Float32Array([1, 2, 3]);
    expect(await compute.call('double', input)).toEqual(new Float32Array([2, 4, 6]));
    expect(input).toHaveLength(3);
  });

  it('tells events in order, then the output', async () => {
    const items = [];
    for await (const item of computeItems(compute, 'count', { to: 5, busyMilliseconds: 0 })) items.push(item);
    expect(items).toEqual([
      ...[1, 2, 3, 4, 5].map((step) => ({ kind: 'event', event: { step } })),
      { kind: 'output', output: 5 },
    ]);
  });

  it('keeps the detail of an error', async () => {
    const error = await failure(compute.call('refuse', { epsilon: -1 }));
    expect(error.detail).toEqual({
      code: 'INVALID_ARGUMENT',
      field: 'epsilon',
      found: '-1',
      allowed: 'numbers > 0',
      remedy: 'Choose 0.5.',
    });
    expect(error.message).toBe('epsilon is -1; allowed: numbers > 0. Choose 0.5.');
    await expect(compute.call('break', null)).rejects.toThrow('a defect');
  });

  it('answers a second call while a long one runs', async () => {
    let done = false;
    const long = compute.call('count', { to: 40, busyMilliseconds: 5 }).then(() => (done = true));
    expect(await compute.call('double', new Float32Array([4]))).toEqual(new Float32Array([8]));
    expect(done).toBe(false);
    await long;
  });

  it('stops a call that is cancelled, with the reason given', async () => {
    const controller = new AbortController();
    const reason = new TheriacError('enough', { code: 'CANCELLED' });
    const counting = compute.call(
      'count',
      { to: 1e6, busyMilliseconds: 1 },
      { signal: controller.signal, onEvent: () => controller.abort(reason) },
    );
    expect(await failure(counting)).toBe(reason);
    const before = await compute.call('steps', null);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(await compute.call('steps', null)).toBeLessThanOrEqual(before + 1);
    expect(await failure(compute.call('steps', null, { signal: controller.signal }))).toBe(reason);
  });

  it('stops a call whose items nobody wants any more', async () => {
    for await (const item of computeItems(compute, 'count', { to: 1e6, busyMilliseconds: 1 })) {
      if (item.kind === 'event') break;
    }
    const before = await compute.call('steps', null);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(await compute.call('steps', null)).toBeLessThanOrEqual(before + 1);
  });

  it('does not know other methods', async () => {
    const unknown = compute.call as (method: string, input: unknown) => Promise<unknown>;
    expect((await failure(unknown('absent', null))).message).toMatch(/no method absent/);
  });

  it('fails what is under way when it closes', async () => {
    const other = open();
    const counting = failure(other.call('count', { to: 1e6, busyMilliseconds: 1 }));
    await other.call('steps', null);
    await other.close();
    expect((await counting).detail.code).toBe('UNAVAILABLE');
    expect((await failure(other.call('steps', null))).detail.code).toBe('UNAVAILABLE');
  });
});

describe('a worker', () => {
  let compute: Compute<TestMethods>;
  beforeAll(() => (compute = workerCompute(workerFile, { onCrash: (error) => crashes.push(error) })));
  afterAll(() => compute.close());

  it('that dies fails its calls and is replaced', async () => {
    crashes.length = 0;
    const counting = failure(compute.call('count', { to: 1e6, busyMilliseconds: 1 }));
    const dying = failure(compute.call('die', null));
    expect((await counting).detail).toMatchObject({ code: 'UNAVAILABLE', found: 'exit code 3' });
    expect((await dying).detail.code).toBe('UNAVAILABLE');
    expect(crashes).toHaveLength(1);
    expect(await compute.call('double', new Float32Array([4]))).toEqual(new Float32Array([8]));
  });

  it('that runs out of memory fails its calls and is replaced, and this process lives', async () => {
    const small = workerCompute<TestMethods>(workerFile, { heapMib: 32 });
    const error = await failure(small.call('hoard', null));
    expect(error.detail).toMatchObject({ code: 'UNAVAILABLE', found: expect.stringMatching(/memory/) as string });
    expect(await small.call('double', new Float32Array([4]))).toEqual(new Float32Array([8]));
    await small.close();
  });

  it('does not begin what was cancelled while it was busy', async () => {
    const before = await compute.call('steps', null);
    const controller = new AbortController();
    const busy = compute.call('count', { to: 1, busyMilliseconds: 300 });
    const given = failure(compute.call('count', { to: 1, busyMilliseconds: 1 }, { signal: controller.signal }));
    controller.abort(new TheriacError('enough', { code: 'CANCELLED' }));
    expect((await given).detail.code).toBe('CANCELLED');
    await busy;
    expect(await compute.call('steps', null)).toBe(before + 1);
  });

  it('is given large arrays, and gives them, whoever holds them meanwhile', async () => {
    const whole = new Float32Array(1 << 19).map((_, at) => at);
    const doubled = await compute.call('double', whole.subarray(100));
    expect(doubled).toHaveLength((1 << 19) - 100);
    expect([doubled[0], doubled.at(-1)]).toEqual([200, 2 * (whole.length - 1)]);
    expect(whole[101]).toBe(101);
  });

  it('that cannot be loaded says why', async () => {
    const broken = workerCompute<TestMethods>('/nonexistent/worker.js');
    const error = await failure(broken.call('steps', null));
    expect(error.detail).toMatchObject({
      code: 'UNAVAILABLE',
      found: expect.stringContaining('/nonexistent/worker.js'),
    });
    await broken.close();
  });
});
