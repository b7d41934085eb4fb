import type { Rows, StreamedRows } from '@theriac/game';
import { gatheredRows, rowsBetween } from '@theriac/game';
import { randomStream } from '@theriac/tensors';
import { partitionRows } from './partition';

const [count, features, parts] = [400, 3, 7];
const random = randomStream(2, 'partition');
const rows: Rows = {
  x: Float32Array.from({ length: count * features }, () => random.normal()),
  y: Uint8Array.from({ length: count }, () => random.integer(3)),
  count,
  features,
};

/** What is in each part: the values and the label of its rows, in order. */
const contents = (of: Rows): string[][] =>
  partitionRows(of, parts).map((part) =>
    [...part].map((row) => `${[...of.x.subarray(row * features, (row + 1) * features)].join()}/${of.y[row]}`),
  );

describe('a partition by content', () => {
  it('has every row once, in parts of about equal size', () => {
    const found = partitionRows(rows, parts);
    expect(found.flatMap((part) => [...part]).sort((a, b) => a - b)).toEqual(
      Array.from({ length: count }, (_, k) => k),
    );
    const expected = count / parts;
    for (const { length } of found) expect(Math.abs(length - expected)).toBeLessThan(5 * Math.sqrt(expected));
  });

  it('does not depend on the order of the rows, nor on how they are kept', () => {
    const mixed = gatheredRows(rows, random.permutation(count));
    expect(contents(mixed)).toEqual(contents(rows));
    const streamed: StreamedRows = {
      y: rows.y,
      count,
      features,
      gather: (indices) => gatheredRows(rows, indices).x,
      block: (from, to) => rowsBetween(rows, from, to).x,
    };
    expect(partitionRows(streamed, parts)).toEqual(partitionRows(rows, parts));
  });

  it('changes in one part when a row goes, and keeps a row whose label changes in its part', () => {
    const before = contents(rows);
    const without = contents(
      gatheredRows(
        rows,
        Int32Array.from({ length: count - 1 }, (_, k) => (k < 17 ? k : k + 1)),
      ),
    );
    const changed = before.flatMap((part, k) => (part.join() === without[k]!.join() ? [] : [k]));
    expect(changed).toHaveLength(1);
    const y = rows.y.slice();
    y[17] = (y[17]! + 1) % 3;
    const relabelled = contents({ ...rows, y });
    expect(before.flatMap((part, k) => (part.join() === relabelled[k]!.join() ? [] : [k]))).toEqual(changed);
  });
});
