import { certifiedShare, majorityVote } from './vote';

/** All ways in which `members` members can be spread over `classes` classes. */
function spreads(members: number, classes: number): number[][] {
  if (classes === 1) return [[members]];
  return Array.from({ length: members + 1 }, (_, first) => first).flatMap((first) =>
    spreads(members - first, classes - 1).map((rest) => [first, ...rest]),
  );
}

/** How many members must change their minds to get from one spread to another. */
const distance = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, c) => sum + Math.abs(value - b[c]!), 0) / 2;

describe('a majority vote', () => {
  it.each([
    [5, 2],
    [6, 2],
    [7, 3],
    [6, 4],
  ])('of %d members over %d classes stands under rho changes, and falls to some rho + 1', (members, classes) => {
    const all = spreads(members, classes);
    for (const counts of all) {
      const { winner, certificate } = majorityVote(counts);
      const nearest = Math.min(
        ...all.filter((other) => majorityVote(other).winner !== winner).map((other) => distance(counts, other)),
      );
      expect(nearest).toBe(certificate + 1);
    }
  });

  it('goes to the lowest class in a tie', () => {
    expect(majorityVote([2, 2, 1])).toEqual({ winner: 0, certificate: 0 });
    expect(majorityVote([1, 3, 3])).toEqual({ winner: 1, certificate: 0 });
  });

  it('of one class cannot fall to what is not there', () =>
    expect(majorityVote([4])).toEqual({ winner: 0, certificate: 2 }));
});

it('the certified share counts rows that are right and certified', () => {
  expect([0, 1, 2, 3].map((rows) => certifiedShare([-1, 0, 1, 2, 2], rows))).toEqual([0.8, 0.6, 0.4, 0]);
});
