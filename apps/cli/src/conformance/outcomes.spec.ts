import { errorOfCall, statusOf } from '@theriac/service-kit';
import { TheriacError } from '@theriac/tensors';
import { demand, NotOffered } from './check';
import { outcomeOf } from './outcomes';

const of = (run: () => Promise<string>, seconds = 10, signal?: AbortSignal) =>
  outcomeOf({ id: 'a.check', promise: 'it holds', run }, { settings: { signal } }, seconds);

it('says how a check ended, and what was found', async () => {
  expect(await of(async () => 'all well')).toMatchObject({ verdict: 'passed', found: 'all well' });
  const broken = of(async () => {
    demand(false, 'two of three');
    return '';
  });
  expect(await broken).toMatchObject({ id: 'a.check', promise: 'it holds', verdict: 'failed', found: 'two of three' });
  const absent = of(() => Promise.reject(new NotOffered('no oracle')));
  expect(await absent).toMatchObject({ verdict: 'not offered', found: 'no oracle' });
});

it('gives up a check that does not end', async () => {
  const endless = of(() => new Promise(() => undefined), 0.05);
  expect(await endless).toMatchObject({ verdict: 'failed', found: 'no end within 0.05 s.' });
});

it('stops where it is told to, and where the service lets nobody in', async () => {
  const controller = new AbortController();
  const stopped = of(() => new Promise(() => undefined), 10, controller.signal);
  controller.abort(new TheriacError('interrupted', { code: 'CANCELLED' }));
  await expect(stopped).rejects.toThrow('interrupted');
  const status = statusOf(new TheriacError('not you', { code: 'PERMISSION_DENIED' }));
  const denied = errorOfCall(Object.assign(new Error(), status), 'unix:/somewhere');
  await expect(of(() => Promise.reject(denied))).rejects.toBe(denied);
});
