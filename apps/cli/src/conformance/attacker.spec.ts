/** The kit on attackers: one that keeps the contract passes; of those that are wrong in one way, each fails the check for it. */
import { promises } from './checks-by-role';
import { attackerFaults } from './fakes/attacker-faults';
import { blobFaults, describeFaults } from './fakes/faults';
import { judge } from './fakes/judged';
import { referenceAttacker } from './fakes/reference-attacker';

const held = judge('attacker', referenceAttacker);
/** Nothing that the reference corrupts takes long. */
const notOffered = ['corrupt.budget', 'corrupt.busy', 'corrupt.cancel'];

it('passes an attacker that keeps the contract', async () => {
  const outcomes = await held();
  expect(outcomes.filter(({ verdict }) => verdict !== 'passed').map(({ id, found }) => [id, found])).toEqual(
    notOffered.map((id) => [id, 'nothing that it does takes long']),
  );
}, 120_000);

it.each(attackerFaults)(
  'finds %s',
  async (_, check, alteration) => {
    const outcomes = await held(alteration, check);
    expect(outcomes.find(({ id }) => id === check)).toMatchObject({ verdict: 'failed' });
  },
  60_000,
);

it('has a fault for every check', () => {
  const found = new Set([...describeFaults, ...blobFaults, ...attackerFaults].map(([, check]) => check));
  expect(promises.attacker.map(({ id }) => id).filter((id) => !found.has(id))).toEqual(notOffered);
});
