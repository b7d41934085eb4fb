import { planTick, poisonPerTick, userBlocks } from './stream';

const shape = { perTick: 40, users: 12, accounts: 3 };

describe('poisonPerTick', () => {
  it.each([
    [0, 100, 0],
    [0.29, 100, 29],
    [0.999, 10, 9],
    [1, 7, 7],
  ])('of a share of %p of %p rows is %p', (alpha, perTick, rows) => {
    expect(poisonPerTick(alpha, perTick)).toBe(rows);
  });
});

describe('planTick', () => {
  const plan = planTick(7, 3, shape, 30, 10);

  it('deals every row once, sorted by sender', () => {
    expect([...plan.origin].sort((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, k) => k - 10));
    expect([...plan.users]).toEqual([...plan.users].sort((a, b) => a - b));
  });

  it("deals the attacker's rows to its accounts in turn, and to nobody else", () => {
    const sent = new Map<number, number>();
    plan.origin.forEach((origin, row) => {
      const user = plan.users[row] as number;
      if (origin < 0) sent.set(user, (sent.get(user) ?? 0) + 1);
    });
    expect([...sent.values()].sort()).toEqual([3, 3, 4]);
    plan.origin.forEach((origin, row) => expect(sent.has(plan.users[row] as number)).toBe(origin < 0));
  });

  it('sends honest rows alike with and without an attacker, and otherwise in another tick or seed', () => {
    const honest = ({ users, origin }: typeof plan) =>
      [...origin].flatMap((from, row) => (from < 0 ? [] : [[from, users[row]]]));
    expect(honest(planTick(7, 3, shape, 30, 0))).toEqual(honest(plan));
    expect(honest(planTick(7, 4, shape, 30, 0))).not.toEqual(honest(plan));
    expect(honest(planTick(8, 3, shape, 30, 0))).not.toEqual(honest(plan));
  });

  it('gives accounts the same ids in every tick, and no telling ones', () => {
    const accounts = (seed: number, tick: number) => {
      const { users, origin } = planTick(seed, tick, shape, 0, 3);
      return [...origin].sort((a, b) => b - a).map((from) => users[origin.indexOf(from)]);
    };
    expect(accounts(7, 1)).toEqual(accounts(7, 9));
    const all = Array.from({ length: 40 }, (_, seed) => accounts(seed, 1)).flat();
    // By chance: 120 draws of 15 ids miss one with probability below 15 (14/15)^120 = 0.4%.
    expect(new Set(all).size).toBe(15);
  });
});

it('userBlocks cuts where the user changes', () => {
  expect(userBlocks(Int32Array.of(2, 2, 5, 7, 7, 7))).toEqual([
    { user: 2, from: 0, to: 2 },
    { user: 5, from: 2, to: 3 },
    { user: 7, from: 3, to: 6 },
  ]);
  expect(userBlocks(new Int32Array(0))).toEqual([]);
});
