import { holdOut } from './hold-out';
import { checkedLabels } from './labels';

describe('holdOut', () => {
  it('draws a fifth of every class, at least one row, always the same', () => {
    const labels = [...new Array<number>(50).fill(0), ...new Array<number>(11).fill(1), 2, 2];
    const { train, test } = holdOut(labels, ['a', 'b', 'c']);
    const counts = [0, 1, 2].map((label) => test.filter((row) => labels[row] === label).length);
    expect(counts).toEqual([10, 2, 1]);
    expect([...train, ...test].sort((a, b) => a - b)).toEqual([...labels.keys()]);
    expect(holdOut(labels, ['a', 'b', 'c']).test).toEqual(test);
    expect(test.slice(0, 10)).not.toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('refuses a class of one row', () => {
    expect(() => holdOut([0, 0, 1], ['cat', 'dog'])).toThrow('Class dog has 1 row; allowed: at least 2');
  });
});

describe('checkedLabels', () => {
  const check = (labels: number[], classes?: number) => checkedLabels(labels, (row) => `row ${row}`, 'y', classes);

  it('counts the classes', () => {
    expect(check([2, 0, 1, 2])).toEqual({ labels: Uint8Array.of(2, 0, 1, 2), classes: 3 });
    expect(check(Array.from({ length: 256 }, (_, label) => label)).classes).toBe(256);
  });

  it.each([
    [[0, 1, 3], undefined, 'No row of y has the label 2; allowed: rows of every class from 0 to 3.'],
    [[1, 2], undefined, 'No row of y has the label 0'],
    [[0, -1], undefined, 'The label in row 1 is -1; allowed: integers from 0'],
    [[0, 0.5], undefined, 'The label in row 1 is 0.5'],
    [[0, NaN], undefined, 'The label in row 1 is NaN'],
    [[0, 256], undefined, 'The label in row 1 is 256; allowed: integers from 0, for at most 256 classes.'],
    [[0, 0], undefined, 'The rows of y are of 1 class; allowed: at least 2 classes'],
    [[], undefined, 'The rows of y are of 0 classes'],
    [[0, 2], 2, 'The label in row 1 is 2; allowed: 0 to 1, as in training.'],
    [[0, 0], 2, 'No row of y has the label 1'],
  ])('refuses %j (classes: %p)', (labels, classes, message) => {
    expect(() => check(labels, classes)).toThrow(message);
  });
});
