import { gatheredRows, parseOptions, regressionGradient, rowsBetween } from '@theriac/game';
import type { CraftGame, CraftState } from '@theriac/game';
import { startBackend } from '@theriac/tensors/engine';
import { toyGame } from '@theriac/testing';
import { rowLosses } from '../derivatives/input-gradient';
import { minMax } from './min-max';

const size = { features: 6, classes: 3, clean: 90, poison: 9 };

beforeAll(async () => {
  await startBackend();
});

/** The states after each step. */
async function played(game: CraftGame, given: Record<string, unknown>) {
  const options = parseOptions(minMax.options, given, minMax.id);
  const states: CraftState[] = [minMax.start(game, options)];
  while (!states.at(-1)!.done) states.push(await minMax.step(states.at(-1)!, game, options));
  return { states, poison: minMax.poison(states.at(-1)!, game, options) };
}

describe('min-max', () => {
  it('answers with rows of which no clean row of any class is worse', async () => {
    const game = toyGame(size, { constraint: 'box' });
    const { poison } = await played(game, { rounds: 1, burnIn: 0, ascents: 40 });
    const rows = { ...poison, x: game.toModelInput(poison.x) };
    const worstClean = Math.max(...rowLosses(game, game.wClean, game.clean));
    for (const loss of rowLosses(game, game.wClean, rows)) expect(loss).toBeGreaterThan(worstClean);
    poison.baseIndices.forEach((row, j) => expect(poison.y[j]).toBe(game.clean.y[row]));
  });

  it('takes the worst class of all, as brute force over the corners of the box finds it', async () => {
    const game = toyGame(size, { constraint: 'box' });
    const { poison } = await played(game, { rounds: 1, burnIn: 0, ascents: 100, step: 1 });
    const corners = Array.from({ length: 2 ** 6 }, (_, bits) =>
      Array.from({ length: 6 }, (__, i) => ((bits >> i) & 1 ? 2 : -2)),
    );
    const x = Float32Array.from(corners.flat());
    const worst = [0, 1, 2].map((label) => {
      const y = new Int32Array(corners.length).fill(label);
      return Math.max(...rowLosses(game, game.wClean, { x, y, count: corners.length, features: 6 }));
    });
    const found = rowLosses(game, game.wClean, { ...poison, x: game.toModelInput(poison.x) });
    // The loss is convex in x, so that ascent may end in another corner: the best of nine slots is the best of all.
    expect(Math.max(...found)).toBeCloseTo(Math.max(...worst), 3);
  });

  it('trains the defender on clean rows and its last answer, one step each round', async () => {
    const game = toyGame(size);
    const { states } = await played(game, { rounds: 3, burnIn: 0, batch: 30, learningRate: 0.2 });
    const [first, second] = [states[0]!, states[1]!];
    const nu = {
      x: (second.arrays.x as Float32Array).subarray(0, 3 * 6),
      y: (second.arrays.labels as Int32Array).subarray(0, 3),
      count: 3,
      features: 6,
    };
    const w = first.arrays.w as Float32Array;
    const own = regressionGradient(w, rowsBetween(game.clean, 0, 30), 3).gradient;
    const added = regressionGradient(w, nu, 3).gradient;
    own.forEach((g, k) => expect(second.arrays.w![k]).toBeCloseTo(w[k]! - 0.2 * (g + game.epsilonD * added[k]!), 5));
  });

  it('divides by root sums of squares under adagrad', async () => {
    const game = toyGame(size);
    const { states } = await played(game, { rounds: 2, burnIn: 0, descent: 'adagrad', learningRate: 0.01 });
    const [w, next] = [states[0]!.arrays.w!, states[1]!.arrays.w!];
    const moves = Array.from(next, (value, k) => Math.abs(value - w[k]!));
    for (const move of moves) expect(move).toBeCloseTo(0.01, 4);
  });

  it('throws the rows of the burn-in away', async () => {
    const game = toyGame(size);
    const { states } = await played(game, { rounds: 3, burnIn: 1 });
    expect(states).toHaveLength(7);
    expect(states[3]!.arrays.x!.every((value) => value === 0)).toBe(true);
    expect(states[3]!.arrays.w).not.toEqual(states[0]!.arrays.w);
    const filled = (state: CraftState): number =>
      Array.from({ length: 9 }, (_, j) => state.arrays.x!.subarray(j * 6, j * 6 + 6)).filter((row) =>
        row.some((value) => value !== 0),
      ).length;
    expect(states.slice(3).map(filled)).toEqual([0, 3, 6, 9]);
  });

  it('gives clean rows the worst of the wrong labels where labels are free', async () => {
    const game = toyGame(size);
    const { poison } = await played(game, { rounds: 1, burnIn: 0, ascents: 0, labels: 'free' });
    poison.baseIndices.forEach((row, j) => {
      const losses = [0, 1, 2].map((label) => {
        const one = gatheredRows(game.clean, Int32Array.of(row));
        return label === game.clean.y[row] ? -1 : rowLosses(game, game.wClean, { ...one, y: Int32Array.of(label) })[0]!;
      });
      expect(poison.y[j]).toBe(losses.indexOf(Math.max(...losses)));
    });
    const fixed = toyGame(size, { constraint: 'fixed-labels' });
    await expect(played(fixed, { labels: 'free' })).rejects.toThrow(/constraint is .*fixed-labels/);
  });
});
