/**
 * The attack against independent oracles: the implicit gradient against differences of defenders that are trained to the end in 64
 * bits, and the whole attack against every poison of a grid.
 */
import type { Rows } from '@theriac/game';
import { concatenateRows, regressionGradient, regressionHessianVectorProduct, regressionLogits } from '@theriac/game';
import { cholesky, solveCholesky } from '@theriac/tensors';
import { startBackend } from '@theriac/tensors/engine';
import { toyGame } from '@theriac/testing';
import { defenderOn } from './defender';
import { convexImplicit } from './index';
import { smoothErrors } from './leader';
import { conjugateGradients, minimised, preconditionerAt } from './newton';
import { implicitDirection } from './poison-step';

const ridge = 1e-2;
const defaults = { iterations: 30, rows: 1000, pixels: 100, rate: 0.1, ridge, relabelShare: 1 };

/** argmin of F(rows; w) + ridge/2 |w|^2 by dense Newton steps in 64 bits. */
function trained(rows: Rows, classes: number): Float64Array {
  const size = (rows.features + 1) * classes;
  let w = new Float64Array(size);
  for (let step = 0; step < 12; step++) {
    const at = w;
    const gradient = regressionGradient(at, rows, classes).gradient.map((value, i) => value + ridge * at[i]!);
    const hessian = new Float64Array(size * size);
    for (let i = 0; i < size; i++) {
      const column = regressionHessianVectorProduct(at, new Float64Array(size).fill(1, i, i + 1), rows, classes);
      column.forEach((value, j) => (hessian[j * size + i] = value + (i === j ? ridge : 0)));
    }
    const step_ = solveCholesky(cholesky(hessian, size), size, gradient);
    w = at.map((value, i) => value - step_[i]!);
  }
  return w;
}

const leaderLoss = (rows: Rows, w: Float64Array, classes: number, temperature?: number) =>
  smoothErrors(regressionLogits(w, rows, classes), rows.y, classes, temperature);

/** L of a defender trained to the end on the clean rows and as many of this one as make a tenth of them. */
function lossUnder(clean: Rows, point: Float32Array, label: number): number {
  const count = clean.count / 10;
  const x = new Float32Array(count * point.length);
  for (let j = 0; j < count; j++) x.set(point, j * point.length);
  const nu = { x, y: new Int32Array(count).fill(label), count, features: point.length };
  return leaderLoss(clean, trained(concatenateRows(clean, nu), 2), 2).loss;
}

beforeAll(() => startBackend());

describe('the implicit gradient', () => {
  it('is that of defenders trained to the end', () => {
    const { clean, classes, oracles } = toyGame({ features: 3, classes: 3, clean: 60, poison: 3 });
    const nu: Rows = {
      x: Float32Array.from([2, -1, 0, 1, 2, -2, 0, 1, 1]),
      y: Int32Array.of(0, 2, 1),
      count: 3,
      features: 3,
    };
    const defender = defenderOn(clean, nu, { weight: 1, ridge, classes });
    const { point, inverse } = minimised(
      defender,
      new Float64Array(defender.size),
      (at) => preconditionerAt(at, classes, { ridge, rows: 60 }),
      { steps: 20, iterations: 40, tolerance: 1e-6 },
    );
    const temperature = 1.5;
    const { slope } = leaderLoss(clean, point.w, classes, temperature);
    const dw = new Float64Array(defender.size);
    for (let i = 0; i < clean.count; i++)
      for (let k = 0; k < classes; k++) {
        for (let f = 0; f < 3; f++) dw[f * classes + k]! += clean.x[i * 3 + f]! * slope[i * classes + k]!;
        dw[3 * classes + k]! += slope[i * classes + k]!;
      }
    const { solution } = conjugateGradients(point, dw, inverse, { iterations: 60, tolerance: 1e-6 });
    const direction = implicitDirection(point.w, solution, nu, classes).map((value) => value / 63);
    for (let at = 0; at < 9; at++) {
      const lossAt = (step: number) => {
        const x = nu.x.with(at, nu.x[at]! + step);
        return leaderLoss(clean, trained(concatenateRows(clean, { ...nu, x }), classes), classes, temperature).loss;
      };
      expect(direction[at]).toBeCloseTo((lossAt(1e-2) - lossAt(-1e-2)) / 2e-2, 5);
    }
    inverse.dispose();
    point.dispose();
    defender.dispose();
    oracles.dispose();
  });
});

describe('convexImplicit', () => {
  it.each([1, 3])('finds the best place in the box for its label, as a grid does, seed %p', async (seed) => {
    const toy = toyGame({ features: 2, classes: 2, clean: 60, poison: 1 }, { constraint: 'box', seed });
    const game = { ...toy, epsilonD: 0.1, validation: { ...toy.validation, count: 0 } };
    let state = convexImplicit.start(game, defaults);
    while (!state.done) state = await convexImplicit.step(state, game, defaults);
    const { x, y } = convexImplicit.poison(state, game, defaults);
    const reached = lossUnder(game.clean, game.toModelInput(x), y[0]!);
    let best = 0;
    for (let at = 0; at < 81; at++) {
      const point = Float32Array.of(-2 + (at % 9) / 2, -2 + Math.floor(at / 9) / 2);
      best = Math.max(best, lossUnder(game.clean, point, y[0]!));
    }
    const clean = leaderLoss(game.clean, trained(game.clean, 2), 2).loss;
    expect(best - clean).toBeGreaterThan(0.03);
    expect(reached - clean).toBeGreaterThan(0.95 * (best - clean));
    game.oracles.dispose();
  });

  it('refuses models whose loss is not convex', () => {
    const game = toyGame({ features: 4, classes: 2, clean: 20, poison: 2 }, { model: 'nn-tgda' });
    const refused = (): unknown => {
      try {
        return convexImplicit.start(game, defaults);
      } catch (error) {
        return error;
      }
    };
    expect(refused()).toMatchObject({ detail: { code: 'FAILED_PRECONDITION', field: 'attack' } });
    game.oracles.dispose();
  });
});
