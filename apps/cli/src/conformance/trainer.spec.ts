/** The kit on trainers: one that keeps the contract passes; of those that are wrong in one way, each fails the check for it. */
import type { TrainerServiceDescribeResponse } from '@theriac/contract/trainer';
import { TheriacError } from '@theriac/tensors';
import { promises } from './checks-by-role';
import { answers, both, wrapped } from './fakes/altered';
import { blobFaults, describeFaults } from './fakes/faults';
import { judge } from './fakes/judged';
import { referenceTrainer } from './fakes/reference-trainer';
import { sessionFaults, trainingFaults } from './fakes/trainer-faults';

const held = judge('trainer', referenceTrainer);
const faults = [...describeFaults, ...blobFaults, ...trainingFaults, ...sessionFaults];

it('passes a trainer that keeps the contract', async () => {
  const outcomes = await held();
  expect(outcomes.filter(({ verdict }) => verdict !== 'passed').map(({ id, found }) => [id, found])).toEqual([
    ['oracles.absent', 'all are named'],
  ]);
}, 120_000);

it.each(faults)(
  'finds %s',
  async (_, check, alteration) => {
    const outcomes = await held(alteration, check);
    expect(outcomes.find(({ id }) => id === check)).toMatchObject({ verdict: 'failed' });
  },
  60_000,
);

it('has a fault for every check', () => {
  const missed = promises.trainer.map(({ id }) => id).filter((id) => !faults.some(([, check]) => check === id));
  expect(missed).toEqual([]);
});

it('asks nothing of oracles that are not offered', async () => {
  const unimplemented = () => () => Promise.reject(new TheriacError('no', { code: 'FAILED_PRECONDITION' }));
  const methods = ['openSession', 'gradient', 'hessianVectorProduct', 'inverseHessianVectorProduct'];
  const without = both(
    answers<TrainerServiceDescribeResponse>('describe', (about) => ({ ...about, oracles: [] })),
    ...methods.map((method) => wrapped(method, unimplemented)),
  );
  for (const part of ['sessions.', 'hessian.', 'inverse.'])
    expect(new Set((await held(without, part)).map(({ verdict }) => verdict))).toEqual(new Set(['not offered']));
});
