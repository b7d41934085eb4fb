import { concatenateRows, gatheredRows, isHeld, joinedRows, rowsBetween } from './rows';
import type { RowData, Rows, StreamedRows } from './rows';

const held = (first: number, count: number): Rows => ({
  x: Float32Array.from({ length: 2 * count }, (_, i) => first + i),
  y: Uint8Array.from({ length: count }, (_, j) => (first + j) % 3),
  count,
  features: 2,
});

function streamed(rows: Rows): StreamedRows {
  const { y, count, features } = rows;
  return {
    y,
    count,
    features,
    gather: (indices) => gatheredRows(rows, indices).x,
    block: (from, to) => rowsBetween(rows, from, to).x.slice(),
  };
}

const [mu, nu] = [held(0, 5), held(100, 3)];
const chi = concatenateRows(mu, nu);

describe.each<[string, RowData]>([
  ['held', chi],
  ['streamed', streamed(chi)],
  ['joined of held', joinedRows(mu, nu)],
  ['joined of streamed', joinedRows(streamed(mu), nu)],
])('rows %s', (_, rows) => {
  it.each([
    [0, 8],
    [1, 4],
    [4, 6],
    [5, 8],
    [3, 3],
  ])('[%i, %i) are those of the whole', (from, to) => {
    const found = rowsBetween(rows, from, to);
    expect([...found.x]).toEqual([...chi.x.subarray(2 * from, 2 * to)]);
    expect([...found.y]).toEqual([...chi.y.subarray(from, to)]);
    expect(found.count).toBe(to - from);
  });

  it('gathers in any order, and more than once', () => {
    const indices = Int32Array.of(7, 0, 5, 0, 4);
    const found = gatheredRows(rows, indices);
    expect([...found.x]).toEqual([...indices].flatMap((row) => [chi.x[2 * row], chi.x[2 * row + 1]]));
    expect([...found.y]).toEqual([...indices].map((row) => chi.y[row]));
  });
});

it('knows what is held', () => {
  expect([isHeld(mu), isHeld(joinedRows(mu, nu))]).toEqual([true, false]);
});
