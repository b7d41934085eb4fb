import { curveOf } from './curves';

describe('curveOf', () => {
  it('is the mean with the lowest and highest value at each epoch', () => {
    expect(
      curveOf([
        [10, 20, 30],
        [20, 20, 60],
      ]),
    ).toEqual([
      { x: 1, y: 15, low: 10, high: 20 },
      { x: 2, y: 20, low: 20, high: 20 },
      { x: 3, y: 45, low: 30, high: 60 },
    ]);
  });

  it('compares the last epochs where one run has fewer', () => {
    expect(
      curveOf(
        [
          [1, 2, 3],
          [20, 30],
        ],
        3,
      ).map(({ x, y }) => [x, y]),
    ).toEqual([
      [2, 11],
      [3, 16.5],
    ]);
    expect(curveOf([])).toEqual([]);
  });
});
