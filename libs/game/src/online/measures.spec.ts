import { isScored, regret, ticksToCollapse } from './measures';

const curveOf = (ticks: readonly number[], accuracy: (tick: number) => number) =>
  ticks.map((tick) => ({ tick, accuracy: accuracy(tick) }));

describe('ticksToCollapse', () => {
  it('is the first scored tick at or below the level, never the start', () => {
    const falling = curveOf([0, 2, 4, 6], (tick) => 90 - 15 * tick);
    expect(ticksToCollapse(falling, 0.5)).toBe(4);
    expect(ticksToCollapse(falling, 1 / 3)).toBe(4);
    expect(ticksToCollapse(falling, 0)).toBe(6);
    expect(ticksToCollapse(falling, 1)).toBe(2);
  });

  it('is null where there is none', () => {
    expect(
      ticksToCollapse(
        curveOf([0, 1, 2], () => 80),
        0.99,
      ),
    ).toBeNull();
    expect(ticksToCollapse([], 0.5)).toBeNull();
  });
});

describe('regret', () => {
  const ticks = [0, 3, 6, 7];
  const [best, here] = [curveOf(ticks, (tick) => 90 + tick), curveOf(ticks, (tick) => 90 - tick * tick)];

  it('is the sum over all ticks, each with the accuracies of the next scored one', () => {
    let sum = 0;
    for (let tick = 1; tick <= 7; tick++) {
      const next = ticks.find((scored) => scored >= tick) as number;
      sum += 90 + next - (90 - next * next);
    }
    expect(regret(best, here)).toBe(sum);
    expect(regret(here, best)).toBe(-sum);
    expect(regret(here, here)).toBe(0);
  });

  it('refuses curves that were scored at other ticks', () => {
    expect(() =>
      regret(
        curveOf([0, 3, 5, 7], () => 1),
        here,
      ),
    ).toThrow('Score both trainers at the same ticks');
  });
});

it('scores every so many ticks, and the last', () => {
  expect([1, 2, 3, 4, 5, 6, 7].filter((tick) => isScored(tick, 3, 7))).toEqual([3, 6, 7]);
});
