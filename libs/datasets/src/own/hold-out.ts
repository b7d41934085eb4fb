/** The test part of data that come without one: of each class, a fifth of the rows, drawn by a fixed seed. */
import { randomStream } from '@theriac/tensors';
import { unusable } from './unusable';

/** Of each class, rounded, at least one row. */
const testShare = 0.2;

/** Row indices of both parts, ascending. Refuses a class of one row. */
export function holdOut(labels: ArrayLike<number>, classNames: readonly string[]): { train: number[]; test: number[] } {
  const members = classNames.map((): number[] => []);
  for (let row = 0; row < labels.length; row++) members[labels[row]!]?.push(row);
  const test = members.flatMap((rows, label) => {
    if (rows.length < 2)
      throw unusable(
        `Class ${classNames[label]} has ${rows.length} row${rows.length === 1 ? '' : 's'}`,
        'at least 2 rows of every class, so that one can be held out for the test',
        'Add rows, or give training and test data apart.',
      );
    const order = randomStream(0, 'rows', 'own', 'hold-out', label).permutation(rows.length);
    return Array.from(order.subarray(0, Math.max(1, Math.round(testShare * rows.length))), (at) => rows[at]!);
  });
  const held = new Set(test);
  const train = Array.from({ length: labels.length }, (_, row) => row).filter((row) => !held.has(row));
  return { train, test: test.sort((a, b) => a - b) };
}
