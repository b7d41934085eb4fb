import { withPatch } from './pod-patch';

const pod = {
  metadata: { labels: { a: 'b' } },
  spec: {
    containers: [{ name: 'driver', image: 'one', args: ['x', 'y'] }],
    initContainers: [
      { name: 'trainer', image: 'two', env: [{ name: 'A', value: '1' }] },
      { name: 'attacker', image: 'three' },
    ],
  },
};

it('merges mappings by key and named lists by name, replaces all else, and removes what is null', () => {
  const patched = withPatch(pod, {
    metadata: { labels: { c: 'd' } },
    spec: {
      nodeSelector: { gpu: 'yes' },
      containers: [{ name: 'driver', args: ['z'] }],
      initContainers: [
        { name: 'trainer', image: null, env: [{ name: 'B', value: '2' }] },
        { name: 'fourth', image: 'four' },
      ],
    },
  });
  expect(patched).toEqual({
    metadata: { labels: { a: 'b', c: 'd' } },
    spec: {
      nodeSelector: { gpu: 'yes' },
      containers: [{ name: 'driver', image: 'one', args: ['z'] }],
      initContainers: [
        {
          name: 'trainer',
          env: [
            { name: 'A', value: '1' },
            { name: 'B', value: '2' },
          ],
        },
        { name: 'attacker', image: 'three' },
        { name: 'fourth', image: 'four' },
      ],
    },
  });
});

it.each([
  ['a list', []],
  ['a text', 'spec'],
  ['a key of a Job', { spec: {}, kind: 'Job' }],
])('refuses %s', (_, patch) => expect(() => withPatch(pod, patch)).toThrow(/^--pod-patch is/));

it('leaves the pod as it is without a patch', () => expect(withPatch(pod, undefined)).toBe(pod));
