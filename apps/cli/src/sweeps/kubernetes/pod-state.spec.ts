import type { V1Pod } from '@kubernetes/client-node';
import { stateOf } from './pod-state';

const pod = (status: object): V1Pod => ({
  metadata: { uid: 'u', name: 'sweep-3-abcde', annotations: { 'batch.kubernetes.io/job-completion-index': '3' } },
  status,
});
const driver = (terminated: object) => ({
  phase: 'Failed',
  containerStatuses: [{ name: 'driver', state: { terminated } }],
});

it.each<[string, object, string, RegExp]>([
  ['a pod that nobody has looked at', {}, 'waiting', /^$/],
  ['one that runs', { phase: 'Running' }, 'playing', /^$/],
  ['one that is done', { phase: 'Succeeded' }, 'succeeded', /^$/],
  [
    'one without room',
    { phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'False', message: '0/3 nodes are available' }] },
    'waiting',
    /^0\/3 nodes are available$/,
  ],
  [
    'one without an image',
    {
      phase: 'Pending',
      initContainerStatuses: [
        { name: 'trainer', state: { waiting: { reason: 'PodInitializing' } } },
        { name: 'attacker', state: { waiting: { reason: 'ErrImagePull', message: 'no\nsuch image' } } },
      ],
    },
    'waiting',
    /^attacker: ErrImagePull: no such image$/,
  ],
  [
    'one that was evicted by its node',
    { phase: 'Failed', reason: 'Evicted', message: 'low on memory' },
    'failed',
    /^Evicted: low on memory$/,
  ],
  [
    'one that made room for another',
    { phase: 'Failed', conditions: [{ type: 'DisruptionTarget', status: 'True', reason: 'Preemption', message: 'm' }] },
    'failed',
    /^Preemption: m$/,
  ],
  [
    'one whose driver said why, before something else spoke',
    driver({ exitCode: 1, message: 'some\ntheriac: the disk is full\n(node:1) Warning\n' }),
    'failed',
    /^the disk is full$/,
  ],
  ['one whose driver said nothing', driver({ exitCode: 3 }), 'failed', /^exit code 3$/],
  ['one whose driver needed too much', driver({ exitCode: 137, reason: 'OOMKilled' }), 'failed', /--memory-per-game/],
])('reads %s', (_, status, phase, why) => {
  const state = stateOf(pod(status));
  expect(state).toMatchObject({ index: 3, phase });
  expect(state?.why).toMatch(why);
});

it('knows a pod that belongs to no index', () => expect(stateOf({ metadata: { name: 'other' } })).toBeUndefined());
