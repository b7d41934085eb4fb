import { withoutTop } from './defended';
import { twoAtoms } from './atoms';
import { paretoFront } from './decoys';

describe('what a simulated sanitiser leaves', () => {
  const rows = { x: new Float64Array(6), signs: [1, 1, 1, 1, -1, -1], count: 6, features: 1 };
  const atoms = twoAtoms(Float64Array.of(0), Float64Array.of(0), 4, 6);
  const scores = Float64Array.of(5, 4, 1, 2, 9, 8);

  it('is all but the top share of each class, of an atom as many copies as there is room for', () => {
    const found = withoutTop(rows, atoms, scores, Float64Array.of(0, 4.5), 0.5);
    // Class 1: 4 rows and 4 copies; floor(0.5 * 8) = 4: row 0 (5), then three copies (4.5). Class 0: 2 rows and 2 copies: both rows.
    expect([...found.clean]).toEqual([0, 1, 1, 1, 0, 0]);
    expect([...found.atoms]).toEqual([2, 1]);
  });

  it('is everything at share 0', () => {
    const found = withoutTop(rows, atoms, scores, Float64Array.of(9, 9), 0);
    expect([...found.clean, ...found.atoms]).toEqual([1, 1, 1, 1, 1, 1, 2, 4]);
  });
});

describe('the Pareto front of decoys', () => {
  it('keeps those that err more or lose less than every other, once', () => {
    const decoys = [
      { loss: 1, errors: 0.1 },
      { loss: 2, errors: 0.3 },
      { loss: 2.5, errors: 0.2 },
      { loss: 1, errors: 0.1 },
      { loss: 3, errors: 0.4 },
    ];
    expect(paretoFront(decoys)).toEqual([4, 1, 0]);
  });
});
