import { TheriacError, type ErrorDetail } from '@theriac/tensors';
import { failure } from '../fixtures/evaluator';
import { repeatedly, type Patience } from './retry';

const patience: Patience = { attempts: 3, firstWaitSeconds: 0.001, longestWaitSeconds: 0.002, busySeconds: 1 };
const away = (detail: Partial<ErrorDetail> = {}): TheriacError =>
  new TheriacError('away', { code: 'UNAVAILABLE', ...detail });

/** Fails as often as there are errors, then succeeds. */
function failing(...errors: Error[]) {
  const seen = { calls: 0 };
  const work = async (): Promise<number> => {
    const error = errors[seen.calls++];
    if (error !== undefined) throw error;
    return seen.calls;
  };
  return { seen, work };
}

it('repeats what was unavailable, and tells of every attempt', async () => {
  const told: number[] = [];
  const { work } = failing(away(), away());
  expect(await repeatedly(work, { patience, onFailure: ({ failures }) => told.push(failures) })).toBe(3);
  expect(told).toEqual([1, 2]);
});

it('gives up after so many attempts without progress', async () => {
  const { seen, work } = failing(away(), away(), away(), away());
  expect((await failure(repeatedly(work, { patience }))).detail.code).toBe('UNAVAILABLE');
  expect(seen.calls).toBe(3);
});

it('counts anew after progress', async () => {
  const { seen, work } = failing(away(), away(), away(), away());
  expect(await repeatedly(work, { patience, progress: () => Math.floor(seen.calls / 2) })).toBe(5);
});

it('does not repeat what is refused, nor what the caller has cancelled', async () => {
  const refused = failing(away({ code: 'INVALID_ARGUMENT' }));
  await failure(repeatedly(refused.work, { patience }));
  const controller = new AbortController();
  const cancelled = failing(away());
  const signal = controller.signal;
  await failure(repeatedly(cancelled.work, { patience, signal, onFailure: () => controller.abort() }));
  expect([refused.seen.calls, cancelled.seen.calls]).toEqual([1, 1]);
});

it('comes again when a busy service says so, for longer than to one that fails', async () => {
  const busy = () => away({ code: 'RESOURCE_EXHAUSTED', retryAfterSeconds: 0.002 });
  expect(await repeatedly(failing(busy(), busy(), busy(), busy(), busy()).work, { patience })).toBe(6);
  const { work } = failing(away({ code: 'RESOURCE_EXHAUSTED' }));
  expect((await failure(repeatedly(work, { patience }))).detail.code).toBe('RESOURCE_EXHAUSTED');
  const always = () => Promise.reject(busy());
  expect((await failure(repeatedly(always, { patience: { ...patience, busySeconds: 0.02 } }))).detail.code).toBe(
    'RESOURCE_EXHAUSTED',
  );
});
