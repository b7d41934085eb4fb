import { readOpenApi } from './openapi';

const api = readOpenApi();
const container = { name: 'a', image: 'b' };
const job = (spec: object) => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name: 'a' },
  spec: { template: { spec: { containers: [container], restartPolicy: 'Never' } }, ...spec },
});

it('knows the paths, their verbs and what may stand in a query', () => {
  const found = api.find('GET', '/apis/batch/v1/namespaces/a%20b/jobs');
  expect(found?.values).toEqual({ namespace: 'a b' });
  expect([...(found?.operation.query ?? [])]).toEqual(
    expect.arrayContaining([
      ['watch', 'boolean'],
      ['limit', 'number'],
      ['labelSelector', 'string'],
    ]),
  );
  expect(api.find('POST', '/apis/batch/v1/namespaces/a/jobs')?.operation.body).toBe('V1Job');
  expect(api.find('GET', '/api/v1/namespaces/a/pods/b/log')?.operation.query.get('tailLines')).toBe('number');
  expect(api.find('PUT', '/apis/batch/v1/namespaces/a/jobs')).toBeUndefined();
  expect(api.find('GET', '/apis/batch/v1/namespaces/a/job')).toBeUndefined();
});

it('takes what the document allows', () => {
  expect(api.faultsOf('V1Job', job({ backoffLimitPerIndex: 1, podReplacementPolicy: 'Failed' }))).toEqual([]);
});

it.each<[string, object, RegExp]>([
  ['an unknown field', { completion: 1 }, /V1JobSpec.*|additional.*completion/],
  ['a wrong type', { completions: 'three' }, /completions must be integer/],
  ['a fraction', { completions: 1.5 }, /completions must be integer/],
  ['a missing field', { template: { spec: {} } }, /containers/],
  [
    'an unknown field deep down',
    { template: { spec: { containers: [{ ...container, resources: { request: {} } }] } } },
    /resources.*"request"/,
  ],
  ['a rule without its action', { podFailurePolicy: { rules: [{ onPodConditions: [] }] } }, /rules\/0.*action/],
])('refuses %s', (_, spec, words) => expect(api.faultsOf('V1Job', job(spec)).join('\n')).toMatch(words));
