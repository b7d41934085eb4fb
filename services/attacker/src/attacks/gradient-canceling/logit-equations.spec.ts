import { regressionGradient, residual } from '@theriac/game';
import { norm, randomStream } from '@theriac/tensors';
import { atomsOf } from './atoms';
import { equationCount, equations, jacobianBlocks } from './logit-equations';
import { helmertContrasts, logitGeometry, product, transposedProduct } from './logit-geometry';
import { marquardtStep } from './levenberg-marquardt';
import type { MarquardtStep } from './levenberg-marquardt';

const classes = 4;
const features = 7;
const random = randomStream(4, 'logit-equations');
const normals = (length: number) => Float64Array.from({ length }, () => random.normal());
const w = normals(features * classes + classes);
const gMu = normals(features * classes + classes);
for (let at = 0; at < gMu.length; at += classes) {
  const row = gMu.subarray(at, at + classes);
  const mean = row.reduce((sum, value) => sum + value, 0) / classes;
  row.forEach((value, k) => (row[k] = value - mean));
}
const geometry = logitGeometry(w, gMu, features, classes);
const { rank, basis } = geometry;
const labels = Int32Array.from({ length: 40 }, (_, j) => j % classes);
const problem = { geometry, atoms: atomsOf(labels, classes, 3), epsilonD: 0.3, kappa: 2.5 };
const v = normals(problem.atoms.labels.length * rank);

describe('the geometry', () => {
  it('has orthonormal contrasts that sum to zero, and an orthonormal basis of rank c - 1', () => {
    const contrasts = helmertContrasts(classes);
    expect(rank).toBe(classes - 1);
    for (const [matrix, rows, width] of [
      [contrasts, classes, classes - 1],
      [basis, features, rank],
    ] as const)
      transposedProduct(matrix, matrix, rows, width, width).forEach((value, i) =>
        expect(value).toBeCloseTo(i % (width + 1) === 0 ? 1 : 0, 10),
      );
    transposedProduct(new Float64Array(classes).fill(1), contrasts, classes, 1, classes - 1).forEach((sum) =>
      expect(sum).toBeCloseTo(0, 12),
    );
  });

  it('leaves out directions that W does not have', () => {
    const flat = w.map((value, i) => (i < features * classes && i % classes > 1 ? 0 : value));
    expect(logitGeometry(flat, gMu, features, classes).rank).toBe(2);
  });
});

describe('the equations', () => {
  it('are the residual of the gradient within the columns of W, by an independent route', () => {
    const x = product(v, transpose(basis, features, rank), problem.atoms.labels.length, rank, features);
    const rows = (atom: number) => x.subarray(atom * features, (atom + 1) * features);
    const nu = Float64Array.from(Array.from(problem.atoms.ofRow).flatMap((atom) => Array.from(rows(atom))));
    const { gradient } = regressionGradient(w, { x: nu, y: labels, count: labels.length, features }, classes);
    const { vector } = residual(gMu, gradient, problem.epsilonD);
    const within = transposedProduct(vector.subarray(0, features * classes), basis, features, classes, rank);
    const expected = Math.hypot(norm(within), problem.kappa * norm(vector.subarray(features * classes)));
    expect(problem.epsilonD * norm(equations(problem, v))).toBeCloseTo(expected, 10);
  });

  it('have the Jacobian of central differences', () => {
    const size = equationCount(geometry);
    const blocks = jacobianBlocks(problem, v);
    const h = 1e-6;
    for (let i = 0; i < v.length; i++) {
      const atom = Math.floor(i / rank);
      const moved = (by: number) =>
        equations(
          problem,
          v.map((value, j) => (j === i ? value + by : value)),
        );
      const [plus, minus] = [moved(h), moved(-h)];
      for (let e = 0; e < size; e++) {
        const expected = (plus[e]! - minus[e]!) / (2 * h);
        expect(problem.atoms.weights[atom]! * blocks[(atom * size + e) * rank + (i % rank)]!).toBeCloseTo(expected, 7);
      }
    }
  });

  it('shrink under every Levenberg-Marquardt step, to zero where a solution is near', () => {
    const near = {
      ...problem,
      geometry: logitGeometry(
        w,
        gMu.map((value) => 0.02 * value),
        features,
        classes,
      ),
    };
    let state: MarquardtStep = { v: v.map((value) => 0.3 * value), damping: 1e-2, norm: Infinity, improved: true };
    for (let step = 0; step < 60 && state.improved && state.norm > 1e-12; step++) {
      const next = marquardtStep(near, state.v, state.damping);
      expect(next.norm).toBeLessThanOrEqual(state.norm);
      state = next;
    }
    expect(state.norm).toBeLessThan(1e-9);
  });

  it('stay solvable when there are fewer unknowns than equations', () => {
    const few = { ...problem, atoms: atomsOf(Int32Array.from([0]), classes, 1) };
    const found = marquardtStep(few, normals(rank), 1e-10);
    expect(Number.isFinite(found.norm)).toBe(true);
  });
});

describe('atoms', () => {
  it('weigh every row once and keep its label', () => {
    const rowLabels = Int32Array.from([2, 2, 0, 2, 2, 1]);
    const atoms = atomsOf(rowLabels, 3, 2);
    expect(Array.from(atoms.ofRow, (atom) => atoms.labels[atom])).toEqual(Array.from(rowLabels));
    expect(atoms.weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 12);
    expect(Array.from(atoms.weights, (weight) => Math.round(6 * weight))).toEqual([2, 2, 1, 1]);
  });
});

function transpose(a: Float64Array, rows: number, columns: number): Float64Array {
  return Float64Array.from({ length: a.length }, (_, i) => a[(i % rows) * columns + Math.floor(i / rows)]!);
}
