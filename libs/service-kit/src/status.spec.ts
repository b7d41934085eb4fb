import { Metadata, status as Status } from '@grpc/grpc-js';
import { invalid, TheriacError, type ErrorCode } from '@theriac/tensors';
import fc from 'fast-check';
import { errorOfCall, refusalOf, statusOf } from './status';

const codes: readonly ErrorCode[] = [
  'INVALID_ARGUMENT',
  'FAILED_PRECONDITION',
  'NOT_FOUND',
  'RESOURCE_EXHAUSTED',
  'ABORTED',
  'DATA_LOSS',
  'PERMISSION_DENIED',
  'UNAUTHENTICATED',
  'UNAVAILABLE',
  'CANCELLED',
  'INTERNAL',
];

const serviceError = (error: unknown) => Object.assign(new Error('failed'), statusOf(error));

it('takes the status code of the same name', () => {
  for (const code of codes) {
    expect(statusOf(new TheriacError('no', { code })).code).toBe(Status[code]);
  }
});

it('brings message and detail back as they were', () => {
  const word = fc.string({ minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(
      word,
      fc.constantFrom(...codes),
      word,
      word,
      word,
      word,
      (sentence, code, field, found, allowed, remedy) => {
        const sent = new TheriacError(sentence, { code, field, found, allowed, remedy });
        const got = errorOfCall(serviceError(sent), 'unix:/somewhere');
        expect(got.message).toBe(sent.message);
        expect(got.detail).toEqual(sent.detail);
      },
    ),
  );
});

it('brings back when to repeat the call', () => {
  const sent = new TheriacError('full', { code: 'RESOURCE_EXHAUSTED', retryAfterSeconds: 1.5 });
  expect(errorOfCall(serviceError(sent), 'unix:/somewhere').detail).toEqual(sent.detail);
});

it('survives text that cannot be percent-encoded', () => {
  const { details } = statusOf(invalid('name', '\ud800', 'text'));
  expect(() => encodeURI(details)).not.toThrow();
});

it('keeps what the service answered, word for word', () => {
  const refused = errorOfCall(serviceError(invalid('seed', -1, 'at least 0')), 'unix:/somewhere');
  expect(refusalOf(refused)).toEqual({
    status: 'INVALID_ARGUMENT',
    info: { field: 'seed', found: '-1', allowed: 'at least 0' },
  });
  const foreign = Object.assign(new Error(), { code: Status.UNIMPLEMENTED, details: '', metadata: new Metadata() });
  expect(refusalOf(errorOfCall(foreign, 'x'))).toEqual({ status: 'UNIMPLEMENTED', info: undefined });
  expect(refusalOf(new TheriacError('no call', { code: 'NOT_FOUND' }))).toBeUndefined();
});

it('says nothing of the inside of the service', () => {
  const { code, details } = statusOf(new Error('password 1234 at line 7'));
  expect(code).toBe(Status.INTERNAL);
  expect(details).not.toContain('1234');
});

it('explains statuses of other services', () => {
  const foreign = (code: Status) =>
    errorOfCall(Object.assign(new Error(), { code, details: 'x', metadata: new Metadata() }), '10.0.0.1:7', '/a.B/C');
  expect(foreign(Status.UNAVAILABLE)).toMatchObject({ detail: { code: 'UNAVAILABLE', remedy: expect.any(String) } });
  expect(foreign(Status.DEADLINE_EXCEEDED).message).toContain('/a.B/C');
  expect(foreign(Status.UNIMPLEMENTED).detail.code).toBe('FAILED_PRECONDITION');
  expect(foreign(Status.UNKNOWN).detail.code).toBe('INTERNAL');
});

it.each([
  [
    'No connection established. Last error: Error: connect ECONNREFUSED 127.0.0.1:1. Resolution note: ',
    'connect ECONNREFUSED 127.0.0.1:1',
  ],
  ['Connection dropped', 'Connection dropped'],
])('says why a service cannot be reached, and nothing around it: %s', (details, found) => {
  const error = Object.assign(new Error(), { code: Status.UNAVAILABLE, details, metadata: new Metadata() });
  expect(errorOfCall(error, '127.0.0.1:1', '/a.B/C').detail.found).toBe(found);
});
