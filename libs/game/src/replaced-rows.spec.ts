import { keptRows, replacedRows } from './replaced-rows';
import { gatheredRows, rowsBetween } from './rows';
import type { Rows, StreamedRows } from './rows';

const features = 2;
const mu: Rows = {
  x: Float32Array.from({ length: 10 }, (_, i) => i),
  y: Uint8Array.of(0, 1, 2, 0, 1),
  count: 5,
  features,
};
const streamed: StreamedRows = {
  y: mu.y,
  count: mu.count,
  features,
  gather: (indices) => gatheredRows(mu, indices).x,
  block: (from, to) => rowsBetween(mu, from, to).x,
};
const nu: Rows = { x: Float32Array.of(-1, -2, -3, -4), y: Int32Array.of(7, 8), count: 2, features };
const base = Int32Array.of(3, 0);

describe.each([
  ['held', mu],
  ['streamed', streamed],
] as const)('rows put in the place of others, %s', (_, clean) => {
  const chi = replacedRows(clean, nu, base);

  it('stand where their base rows stood, and all others stay', () => {
    expect([chi.count, [...chi.y]]).toEqual([5, [8, 1, 2, 7, 1]]);
    expect([...rowsBetween(chi, 0, 5).x]).toEqual([-3, -4, 2, 3, 4, 5, -1, -2, 8, 9]);
  });

  it('are found by any indices and in any block', () => {
    expect([...gatheredRows(chi, Int32Array.of(3, 4, 3)).x]).toEqual([-1, -2, 8, 9, -1, -2]);
    expect([...rowsBetween(chi, 2, 4).x]).toEqual([4, 5, -1, -2]);
  });

  it('leave mu as it was, and say what of it stays', () => {
    expect([...rowsBetween(clean, 0, 5).x]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    const kept = keptRows(clean, base);
    expect([[...kept.x], [...kept.y]]).toEqual([
      [2, 3, 4, 5, 8, 9],
      [1, 2, 1],
    ]);
  });
});
