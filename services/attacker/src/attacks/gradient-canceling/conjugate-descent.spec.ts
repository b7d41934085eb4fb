import { norm, pseudoInverse } from '@theriac/tensors';
import { startBackend } from '@theriac/tensors/engine';
import { toyGame } from '@theriac/testing';
import { startConjugate, stepConjugate } from './conjugate-descent';
import { cancellationResidual } from './descent';

const size = { features: 5, classes: 3, clean: 120, poison: 12 };

beforeAll(async () => {
  await startBackend();
});

function problemOf(model: string, w?: Float32Array) {
  const game = toyGame(size, { model });
  const at = w ?? game.wClean.map((value) => 0.3 * value);
  const gMu = Float64Array.from(game.oracles.gradient(at, game.clean).gradient);
  const x = game.clean.x.slice(0, size.poison * size.features);
  return { x, problem: { game, w: at, gMu, labels: Int32Array.from(game.clean.y.subarray(0, size.poison)) } };
}

function solved({ x, problem }: ReturnType<typeof problemOf>, steps: number) {
  let state = startConjugate(problem, x, 'all');
  const losses = [state.loss];
  while (!state.ended && state.iteration < steps) {
    state = stepConjugate(problem, state, 'all');
    losses.push(state.loss);
  }
  return { state, losses };
}

it('finds the nearest rows that cancel where the residual is affine in them: softmax regression at w = 0', () => {
  const found = problemOf('lr', new Float32Array(18));
  const { x, problem } = found;
  const { labels, gMu } = problem;
  const { state } = solved(found, 30);
  // r_j = 1/3 - e_y; weight residual R = G + (eps_d/m) sum_j x_j r_j'; nearest: x_j - (m/eps_d) R S^+ r_j, S = sum_j r_j r_j'.
  const [m, d, c] = [size.poison, size.features, size.classes];
  const errors = Array.from(labels, (label) => Array.from({ length: c }, (_, k) => 1 / 3 - (k === label ? 1 : 0)));
  const second = new Float64Array(c * c);
  for (const r of errors) for (let k = 0; k < c; k++) for (let l = 0; l < c; l++) second[k * c + l]! += r[k]! * r[l]!;
  const inverse = pseudoInverse(second, c, 1e-9);
  for (let j = 0; j < m; j++)
    for (let i = 0; i < d; i++) {
      let expected = x[j * d + i]!;
      for (let k = 0; k < c; k++) {
        let left = (m / problem.game.epsilonD) * gMu[i * c + k]!;
        errors.forEach((r, l) => (left += x[l * d + i]! * r[k]!));
        for (let l = 0; l < c; l++) expected -= left * inverse[k * c + l]! * errors[j]![l]!;
      }
      expect(state.x[j * d + i]).toBeCloseTo(expected, 3);
    }
  const weights = cancellationResidual(problem, state.x, 'all').subarray(0, d * c);
  expect(norm(weights)).toBeLessThan(1e-5 * norm(gMu));
});

it.each(['lr', 'nn-gc'])('never raises the residual of %s, and states the one of the rows it keeps', (model) => {
  const found = problemOf(model);
  const { state, losses } = solved(found, 25);
  losses.slice(1).forEach((loss, i) => expect(loss).toBeLessThanOrEqual(losses[i]!));
  expect(state.loss).toBeLessThan(0.2 * losses[0]!);
  expect(0.5 * norm(cancellationResidual(found.problem, state.x, 'all')) ** 2).toBeCloseTo(state.loss, 10);
});

it('ends where nothing is left to gain', () => {
  const { problem, x } = problemOf('lr');
  const vanished = { ...problem, game: { ...problem.game, epsilonD: 0 } };
  const state = stepConjugate(vanished, startConjugate(vanished, x, 'all'), 'all');
  expect(state.ended).toBe(true);
  expect(state.x).toEqual(x);
});
