import { searchCriticalMass } from './critical-mass';
import type { CriticalMass, CriticalMassSearch } from './critical-mass';

function search(threshold: number, how: CriticalMassSearch): CriticalMass & { asked: number[] } {
  const steps = searchCriticalMass(how);
  const asked: number[] = [];
  let step = steps.next();
  while (step.done !== true) {
    asked.push(step.value);
    step = steps.next(step.value >= threshold);
  }
  return { ...step.value, asked };
}

describe('searchCriticalMass', () => {
  it('finds every threshold exactly with resolution 1, asking no size twice', () => {
    for (let threshold = 1; threshold <= 100; threshold++) {
      const { members, below, asked } = search(threshold, { from: 8, most: 100, resolution: 1 });
      expect([members, below]).toEqual([threshold, threshold - 1]);
      expect(new Set(asked).size).toBe(asked.length);
    }
  });

  it('brackets the threshold within the resolution', () => {
    for (const threshold of [1, 9, 33, 70, 99]) {
      const { members, below } = search(threshold, { from: 4, most: 100, resolution: 5 });
      expect(below).toBeLessThan(threshold);
      expect(members).toBeGreaterThanOrEqual(threshold);
      expect(members! - below).toBeLessThanOrEqual(5);
    }
  });

  it('says so when not even the most suffices', () => {
    expect(search(101, { from: 30, most: 100, resolution: 1 })).toEqual({
      members: undefined,
      below: 100,
      asked: [30, 60, 100],
    });
  });

  it.each([
    [{ from: 0, most: 10, resolution: 1 }, /from is 0/],
    [{ from: 11, most: 10, resolution: 1 }, /from is 11/],
    [{ from: 1, most: 10, resolution: 0 }, /resolution is 0/],
  ])('refuses %j', (how, message) => {
    expect(() => search(1, how)).toThrow(message);
  });
});
