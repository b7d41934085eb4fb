/** The kit on evaluators: one that keeps the contract passes; of those that are wrong in one way, each fails the check for it. */
import { promises } from './checks-by-role';
import { evaluatorFaults } from './fakes/evaluator-faults';
import { blobFaults, describeFaults } from './fakes/faults';
import { judge } from './fakes/judged';
import { referenceEvaluator } from './fakes/reference-evaluator';

const held = judge('evaluator', referenceEvaluator, 'synthetic-digits');

it('passes an evaluator that keeps the contract', async () => {
  const outcomes = await held();
  expect(outcomes.filter(({ verdict }) => verdict !== 'passed').map(({ id, found }) => [id, found])).toEqual([]);
}, 60_000);

it.each([...describeFaults, ...evaluatorFaults])(
  'finds %s',
  async (_, check, alteration) => {
    const outcomes = await held(alteration, check);
    expect(outcomes.find(({ id }) => id === check)).toMatchObject({ verdict: 'failed' });
  },
  60_000,
);

it('has a fault for every check', () => {
  const found = new Set([...describeFaults, ...blobFaults, ...evaluatorFaults].map(([, check]) => check));
  expect(promises.evaluator.map(({ id }) => id).filter((id) => !found.has(id))).toEqual([]);
});
