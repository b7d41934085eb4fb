import { honestPerTick, honestRows, partitionOf } from './partition';

const settings = { pretrain: 30, trusted: 10, ticks: 5, perTick: 8 };

describe('partitionOf', () => {
  it('gives every row one owner', () => {
    const { pretrain, trusted, stream, validation } = partitionOf(100, 20, settings, 0.25);
    expect([pretrain, trusted, stream, validation]).toEqual([
      { from: 0, to: 30 },
      { from: 30, to: 40 },
      { from: 40, to: 80 },
      { from: 80, to: 100 },
    ]);
  });

  it('needs the honest rows of all ticks, and says how many ticks there are', () => {
    // 5 ticks of 8 rows, 2 of them the attacker's: 30 honest rows.
    expect(honestPerTick(settings, 0.25)).toBe(6);
    expect(partitionOf(90, 20, settings, 0.25).stream).toEqual({ from: 40, to: 70 });
    expect(() => partitionOf(89, 20, settings, 0.25)).toThrow(/--ticks is 5; allowed: at most 4. Of 89 rows/);
    expect(() => partitionOf(50, 20, settings, 0.25)).toThrow(/allowed: at most 0/);
    expect(partitionOf(60, 20, settings, 1).stream).toEqual({ from: 40, to: 40 });
  });
});

describe('honestRows', () => {
  const partition = partitionOf(100, 20, settings, 0);

  it('deals every row of the stream once, in an order of the seed', () => {
    const all = [1, 2, 3, 4, 5].flatMap((tick) => [...honestRows(partition, 3, tick, 8)]);
    expect([...all].sort((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, k) => 40 + k));
    expect(honestRows(partition, 3, 2, 8)).toEqual(honestRows(partition, 3, 2, 8));
    expect(honestRows(partition, 4, 2, 8)).not.toEqual(honestRows(partition, 3, 2, 8));
  });
});
