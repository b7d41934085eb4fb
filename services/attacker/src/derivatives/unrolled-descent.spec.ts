import { concatenateRows, gatheredRows, regressionGradient, regressionMixedProduct, rowsBetween } from '@theriac/game';
import type { CraftGame, RealRows, Rows } from '@theriac/game';
import { startBackend } from '@theriac/tensors/engine';
import { toyGame } from '@theriac/testing';
import { cleanBatch, descentTrajectory, poisonHypergradient } from './unrolled-descent';
import type { Unrolling } from './unrolled-descent';

const size = { features: 5, classes: 3, clean: 60, poison: 4 };
const [rate, epsilonD] = [0.4, 0.2];

beforeAll(async () => {
  await startBackend();
});

function poisonRows(game: CraftGame): Rows {
  const rows = gatheredRows(game.clean, Int32Array.of(3, 14, 15, 9));
  return { ...rows, y: Int32Array.from(rows.y, (label) => (label + 1) % size.classes) };
}

/** The rows of the steps: three batches of clean rows, all with the same poison. */
const batches = [0, 1, 2].map((t) => cleanBatch(size.clean, 20, t));

/** w_1 .. w_T in float64 from closed forms: `poisonAt(t)` are the poison rows of step t. */
function closedForm(game: CraftGame, poisonAt: (t: number) => RealRows): Float64Array[] {
  let w = Float64Array.from(game.wClean);
  return batches.map(({ from, to }, t) => {
    const own = regressionGradient(w, rowsBetween(game.clean, from, to), size.classes).gradient;
    const added = regressionGradient(w, poisonAt(t), size.classes).gradient;
    w = w.map((value, k) => value - (rate * (own[k]! + epsilonD * added[k]!)) / (1 + epsilonD));
    return w;
  });
}

const lossAt = (game: CraftGame, w: Float64Array): number =>
  regressionGradient(w, rowsBetween(game.validation, 0, game.validation.count), size.classes).loss;

/** d/dnu of `objective` by central differences in float64. */
function differences(nu: Rows, objective: (nu: RealRows) => number): Float64Array {
  const h = 1e-5;
  return Float64Array.from(nu.x, (_, i) => {
    const at = (shift: number): number => {
      const x = Float64Array.from(nu.x);
      x[i]! += shift;
      return objective({ ...nu, x });
    };
    return (at(h) - at(-h)) / (2 * h);
  });
}

function unrolling(game: CraftGame, nu: Rows, flows: readonly boolean[]): Unrolling {
  const steps = batches.map((clean, t) => ({ clean, nu, flows: flows[t]! }));
  return { follower: game.follower, learningRate: rate, epsilonD, steps };
}

const slopeOf = (game: CraftGame, w: Float32Array): Float32Array => game.oracles.gradient(w, game.validation).gradient;

function expectClose(found: ArrayLike<number>, expected: Float64Array): void {
  const scale = Math.max(...expected.map(Math.abs));
  expect(scale).toBeGreaterThan(1e-5);
  expected.forEach((value, i) => expect(Math.abs(found[i]! - value)).toBeLessThan(2e-3 * scale));
}

describe('unrolled descent', () => {
  it('follows the trajectory of the closed forms', async () => {
    const game = toyGame(size);
    const nu = poisonRows(game);
    const trajectory = await descentTrajectory(unrolling(game, nu, [true, true, true]), game.wClean);
    const expected = closedForm(game, () => nu);
    expect(trajectory).toHaveLength(4);
    expected.forEach((w, t) =>
      w.forEach((value, k) => expect(Math.abs(trajectory[t + 1]![k]! - value)).toBeLessThan(1e-5)),
    );
  });

  it('gives the hypergradient of a loss at the end, as finite differences do', async () => {
    const game = toyGame(size);
    const nu = poisonRows(game);
    const plan = unrolling(game, nu, [true, true, true]);
    const trajectory = await descentTrajectory(plan, game.wClean);
    const slopes = [undefined, undefined, undefined, slopeOf(game, trajectory[3]!)];
    const found = await poisonHypergradient(plan, trajectory, slopes);
    expectClose(
      found,
      differences(nu, (rows) => lossAt(game, closedForm(game, () => rows)[2]!)),
    );
  });

  it('adds up losses along the way, and leaves out the poison that is held constant', async () => {
    const game = toyGame(size);
    const nu = poisonRows(game);
    const plan = unrolling(game, nu, [true, false, false]);
    const trajectory = await descentTrajectory(plan, game.wClean);
    const slopes = trajectory.map((w, t) => (t === 0 ? undefined : slopeOf(game, w)));
    const found = await poisonHypergradient(plan, trajectory, slopes);
    const objective = (rows: RealRows): number =>
      closedForm(game, (t) => (t === 0 ? rows : nu)).reduce((sum, w) => sum + lossAt(game, w), 0);
    expectClose(found, differences(nu, objective));
  });

  it('is one mixed product where one step is unrolled', async () => {
    const game = toyGame(size);
    const nu = poisonRows(game);
    const plan = { ...unrolling(game, nu, [true]), steps: [{ clean: batches[0]!, nu, flows: true }] };
    const trajectory = await descentTrajectory(plan, game.wClean);
    const slope = slopeOf(game, trajectory[1]!);
    const found = await poisonHypergradient(plan, trajectory, [undefined, slope]);
    const mixed = regressionMixedProduct(game.wClean, slope, nu, size.classes);
    expectClose(
      found,
      mixed.map((value) => (-rate * epsilonD * value) / (1 + epsilonD)),
    );
  });

  it('agrees with differences of a network through double back-propagation', async () => {
    const game = toyGame({ features: 4, classes: 3, clean: 30, poison: 2 }, { model: 'nn-gc' });
    const rows = gatheredRows(game.clean, Int32Array.of(1, 2));
    const plan = (nu: Rows): Unrolling => ({
      follower: game.follower,
      learningRate: 0.5,
      epsilonD: 1,
      steps: [0, 1].map(() => ({ clean: { from: 0, to: 30 }, nu, flows: true })),
    });
    const loss = async (nu: Rows): Promise<number> =>
      game.oracles.gradient((await descentTrajectory(plan(nu), game.wClean))[2]!, game.validation).loss;
    const trajectory = await descentTrajectory(plan(rows), game.wClean);
    const slopes = [undefined, undefined, slopeOf(game, trajectory[2]!)];
    const found = await poisonHypergradient(plan(rows), trajectory, slopes);
    const length = Math.hypot(...found);
    const along = (h: number): Rows => ({ ...rows, x: rows.x.map((value, i) => value + (h * found[i]!) / length) });
    const difference = ((await loss(along(0.02))) - (await loss(along(-0.02)))) / 0.04;
    expect(difference / length).toBeGreaterThan(0.95);
    expect(difference / length).toBeLessThan(1.05);
  });
});

describe('clean batches', () => {
  it('go round the rows in whole batches', () => {
    expect([0, 1, 2, 3].map((t) => cleanBatch(7, 3, t))).toEqual([
      { from: 0, to: 3 },
      { from: 3, to: 6 },
      { from: 0, to: 3 },
      { from: 3, to: 6 },
    ]);
    expect(cleanBatch(2, 3, 5)).toEqual({ from: 0, to: 2 });
  });

  it('stand for the mixture: a batch of all rows and its poison is F itself', async () => {
    const game = toyGame(size);
    const nu = poisonRows(game);
    const plan = {
      follower: game.follower,
      learningRate: rate,
      epsilonD: nu.count / size.clean,
      steps: [{ clean: { from: 0, to: size.clean }, nu, flows: true }],
    };
    const [, w] = await descentTrajectory(plan, game.wClean);
    const whole = concatenateRows(rowsBetween(game.clean, 0, size.clean), nu);
    const { gradient } = regressionGradient(game.wClean, whole, size.classes);
    gradient.forEach((g, k) => expect(Math.abs(w![k]! - (game.wClean[k]! - rate * g))).toBeLessThan(1e-6));
  });
});
