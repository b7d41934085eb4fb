import { regressionGradient, residual } from '@theriac/game';
import { norm } from '@theriac/tensors';
import { startBackend } from '@theriac/tensors/engine';
import { toyGame } from '@theriac/testing';
import { cancellationGradient, startDescent, stepDescent } from './descent';
import type { DescentProblem } from './descent';

const size = { features: 5, classes: 3, clean: 120, poison: 12 };

beforeAll(async () => {
  await startBackend();
});

function problemOf(options?: Parameters<typeof toyGame>[1]): DescentProblem {
  const game = toyGame(size, options);
  const base = Float32Array.from({ length: 12 * 5 }, (_, i) => game.stored(Math.floor(i / 5))[i % 5]!);
  const gMu = Float64Array.from(game.oracles.gradient(game.wClean, game.clean).gradient);
  // Away from the minimum of the clean loss there is something to cancel.
  const w = game.wClean.map((value) => 0.3 * value);
  return { game, w, gMu, labels: Int32Array.from(game.clean.y.subarray(0, 12)), base: () => base };
}

describe.each(['lr', 'nn-gc'])('the cancellation gradient of %s', (model) => {
  it.each(['all', 'first', 'last'] as const)('is that of central differences over %s layers', (layers) => {
    const problem = problemOf({ model });
    const x = problem.game.toModelInput(problem.base());
    const { gradient } = cancellationGradient(problem, x, layers);
    const loss = (moved: Float32Array) => cancellationGradient(problem, moved, layers).loss;
    const h = model === 'lr' ? 2e-2 : 2e-3;
    const numeric = x.map((_, i) => {
      const at = (by: number) => loss(x.map((value, j) => (j === i ? value + by : value)));
      return (at(h) - at(-h)) / (2 * h);
    });
    const typical = norm(numeric) / Math.sqrt(x.length);
    expect(typical).toBeGreaterThan(0);
    const near = gradient.filter((value, i) => Math.abs(value - numeric[i]!) < 0.05 * typical);
    // A difference across a kink of ReLU is no derivative; few entries are that near to one.
    expect(near.length).toBeGreaterThanOrEqual((model === 'lr' ? 1 : 0.9) * x.length);
  });
});

describe('descent', () => {
  const options = { iterations: 150, learningRate: 0.3, layers: 'all' } as const;

  it('measures 1/2 ||g(mu) + eps_d g(nu)||^2', () => {
    const problem = problemOf();
    const x = problem.game.toModelInput(problem.base());
    const nu = regressionGradient(problem.w, { x, y: problem.labels, count: 12, features: 5 }, 3).gradient;
    const expected = 0.5 * residual(problem.gMu, nu, 0.1).norm ** 2;
    expect(cancellationGradient(problem, x, 'all').loss).toBeCloseTo(expected, 6);
    const weights = 0.5 * norm(residual(problem.gMu, nu, 0.1).vector.subarray(0, 15)) ** 2;
    expect(cancellationGradient(problem, x, 'first').loss).toBeCloseTo(weights, 6);
  });

  it('keeps the best rows seen, and their loss', () => {
    const problem = problemOf();
    let state = startDescent(problem.game.toModelInput(problem.base()));
    let least = Infinity;
    while (state.iteration <= options.iterations) {
      state = stepDescent(problem, state, options);
      least = Math.min(least, state.loss);
      expect(state.bestLoss).toBe(least);
    }
    expect(cancellationGradient(problem, state.best, 'all').loss).toBe(least);
    const start = cancellationGradient(problem, problem.game.toModelInput(problem.base()), 'all').loss;
    expect(least).toBeLessThan(0.5 * start);
  });

  it('never leaves the box', () => {
    const problem = problemOf({ constraint: 'box' });
    let state = startDescent(problem.game.toModelInput(problem.base()));
    while (state.iteration < 20) {
      state = stepDescent(problem, state, options);
      const stored = problem.game.toStored(state.x);
      expect(Math.min(...stored)).toBeGreaterThanOrEqual(-1e-6);
      expect(Math.max(...stored)).toBeLessThanOrEqual(1 + 1e-6);
    }
  });
});
