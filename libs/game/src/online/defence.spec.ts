import { randomStream } from '@theriac/tensors';
import { parseOptions } from '../attack';
import { admitted, capped, hasCap, hasGate, lossCeiling, waitingTicks } from './defence';
import type { ChosenDefence, Contribution } from './defence';
import { onlineDefences } from './defences/registry';

const chosen = (id: string, given: Record<string, unknown> = {}): ChosenDefence => {
  const defence = onlineDefences.find((one) => one.id === id) as ChosenDefence['defence'];
  return { defence, options: parseOptions(defence.options, given, id) };
};
const random = randomStream(5, 'defences');
const users = Int32Array.from({ length: 60 }, () => random.integer(12)).sort();
const contributions: Contribution[] = Array.from({ length: 9 }, (_, user) => ({
  user,
  rows: 1 + random.integer(6),
  norm: Math.abs(random.normal()) + 0.01,
}));

describe('every online defence', () => {
  it.each(onlineDefences.map(({ id }) => id))('%s says what it is, and has a stage', (id) => {
    const { defence } = chosen(id);
    expect(defence).toMatchObject({ kind: 'online', summary: expect.any(String), source: expect.stringMatching(/./) });
    expect([defence.admit, defence.wait, defence.cap, defence.ceiling].filter((stage) => stage)).toHaveLength(1);
  });

  it('does nothing in an empty chain', () => {
    expect([...admitted([], users)]).toEqual([...users.keys()]);
    expect([waitingTicks([]), hasCap([]), hasGate([])]).toEqual([0, false, false]);
    expect(capped([], contributions)).toBeUndefined();
    expect(lossCeiling([], 1, 1)).toBe(Infinity);
  });
});

describe('rate-limit', () => {
  it('takes the first rows of every user, by count', () => {
    for (const posts of [1, 3, 100]) {
      const kept = admitted([chosen('rate-limit', { posts })], users);
      const expected = [...users.keys()].filter(
        (row) => [...users.slice(0, row)].filter((user) => user === users[row]).length < posts,
      );
      expect([...kept]).toEqual(expected);
    }
  });

  it('is as strict in a chain as its strictest part', () => {
    const chain = [chosen('rate-limit', { posts: 4 }), chosen('rate-limit', { posts: 2 })];
    expect(admitted(chain, users)).toEqual(admitted(chain.slice(1), users));
  });
});

describe('influence-cap', () => {
  it('leaves no user more than a multiple of the median norm, and those below it alone', () => {
    const sorted = contributions.map(({ norm }) => norm).sort((a, b) => a - b);
    for (const times of [0.5, 1, 2]) {
      const most = times * (sorted[4] as number);
      const factors = capped([chosen('influence-cap', { times })], contributions) as Float64Array;
      contributions.forEach(({ norm }, k) =>
        expect((factors[k] as number) * norm).toBeCloseTo(Math.min(norm, most), 12),
      );
    }
  });

  it('leaves no user more than a share of the rows', () => {
    const all = contributions.reduce((sum, { rows }) => sum + rows, 0);
    const factors = capped([chosen('influence-cap', { by: 'rows', share: 0.1 })], contributions) as Float64Array;
    contributions.forEach(({ rows }, k) =>
      expect((factors[k] as number) * rows).toBeCloseTo(Math.min(rows, 0.1 * all), 12),
    );
  });

  it('takes the mean of the middle two as the median of an even number, and copes with none', () => {
    const two = [1, 3].map((norm, user) => ({ user, rows: 1, norm }));
    expect([...(capped([chosen('influence-cap')], two) as Float64Array)]).toEqual([1, 2 / 3]);
    expect(capped([chosen('influence-cap')], [])).toEqual(new Float64Array(0));
  });
});

it('delayed-ingestion adds up', () => {
  expect(
    waitingTicks([
      chosen('delayed-ingestion', { ticks: 2 }),
      chosen('gate'),
      chosen('delayed-ingestion', { ticks: 5 }),
    ]),
  ).toBe(7);
});

it('gate allows the tolerance above its reference', () => {
  const gate = (given: Record<string, unknown>) => lossCeiling([chosen('gate', given)], 1.5, 1.25);
  expect(gate({ tolerance: 0.5 })).toBe(1.75);
  expect(gate({ tolerance: 0.5, reference: 'last' })).toBe(2);
  expect(lossCeiling([chosen('gate', { tolerance: 3 }), chosen('gate', { tolerance: 0 })], 1.5, 1.25)).toBe(1.25);
});
