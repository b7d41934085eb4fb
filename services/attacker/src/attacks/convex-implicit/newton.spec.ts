import { cholesky, norm, randomStream, solveCholesky } from '@theriac/tensors';
import { startBackend } from '@theriac/tensors/engine';
import { defenderOn } from './defender';
import { conjugateGradients, lowerInverse, minimised, preconditionerAt } from './newton';

const side = 7;
const random = randomStream(5, 'newton');
const factor = Float64Array.from({ length: side * side }, () => random.normal());
/** B B' + I. */
const matrix = Float64Array.from({ length: side * side }, (_, at) => {
  const [i, j] = [Math.floor(at / side), at % side];
  let sum = i === j ? 1 : 0;
  for (let k = 0; k < side; k++) sum += factor[i * side + k]! * factor[j * side + k]!;
  return sum;
});
const product = (v: Float64Array) =>
  v.map((_, i) => v.reduce((sum, value, j) => sum + matrix[i * side + j]! * value, 0));
const b = Float64Array.from({ length: side }, () => random.normal());

describe('conjugateGradients', () => {
  it.each([undefined, b])('solves as Cholesky does, cold or warm', (start) => {
    const options = { iterations: 40, tolerance: 1e-10, ...(start && { start }) };
    const { solution } = conjugateGradients({ product }, b, { apply: (r) => r.map((v, i) => v / (1 + i)) }, options);
    solveCholesky(cholesky(matrix, side), side, b).forEach((value, i) => expect(solution[i]).toBeCloseTo(value, 8));
  });

  it('needs one iteration with the inverse as preconditioner, and none for 0', () => {
    const l = cholesky(matrix, side);
    const exact = { apply: (r: Float64Array) => solveCholesky(l, side, r) };
    expect(conjugateGradients({ product }, b, exact, { iterations: 9, tolerance: 1e-9 }).iterations).toBe(1);
    const none = conjugateGradients({ product }, new Float64Array(side), exact, { iterations: 9, tolerance: 1e-9 });
    expect([...none.solution]).toEqual(Array(side).fill(0));
  });
});

describe('lowerInverse', () => {
  it('times L is the identity', () => {
    const l = cholesky(matrix, side);
    const x = lowerInverse(l, side);
    for (let i = 0; i < side; i++)
      for (let j = 0; j < side; j++) {
        let sum = 0;
        for (let k = 0; k < side; k++) sum += x[i * side + k]! * l[k * side + j]!;
        expect(sum).toBeCloseTo(i === j ? 1 : 0, 12);
      }
  });
});

describe('minimised', () => {
  it('finds where the gradient vanishes', async () => {
    await startBackend();
    const [features, classes, ridge] = [4, 3, 1e-3];
    const rows = (count: number) => ({
      x: Float32Array.from({ length: count * features }, () => 3 * random.normal()),
      y: Int32Array.from({ length: count }, () => random.integer(classes)),
      count,
      features,
    });
    const defender = defenderOn(rows(60), rows(5), { weight: 1.5, ridge, classes });
    const { point, inverse } = minimised(
      defender,
      Float64Array.from({ length: (features + 1) * classes }, () => 4 * random.normal()),
      (at) => preconditionerAt(at, classes, { ridge, rows: 60 }),
      { steps: 30, iterations: 30, tolerance: 2e-6 },
    );
    expect(norm(point.gradient)).toBeLessThan(1e-5);
    inverse.dispose();
    point.dispose();
    defender.dispose();
  });
});
