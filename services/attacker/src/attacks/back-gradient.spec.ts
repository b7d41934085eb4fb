import { gatheredRows, parseOptions, regressionGradient } from '@theriac/game';
import type { CraftGame, CraftState, RealRows, Rows } from '@theriac/game';
import { startBackend } from '@theriac/tensors/engine';
import { toyGame } from '@theriac/testing';
import { backGradient } from './back-gradient';

const size = { features: 4, classes: 3, clean: 60, poison: 6 };

beforeAll(async () => {
  await startBackend();
});

async function crafted(game: CraftGame, given: Record<string, unknown>) {
  const options = parseOptions(backGradient.options, given, backGradient.id);
  const states: CraftState[] = [backGradient.start(game, options)];
  while (!states.at(-1)!.done) states.push(await backGradient.step(states.at(-1)!, game, options));
  return { states, poison: backGradient.poison(states.at(-1)!, game, options) };
}

const rowsOf = (state: CraftState): Rows => ({
  x: state.arrays.x as Float32Array,
  y: state.arrays.labels as Int32Array,
  count: 6,
  features: 4,
});

/** L after `steps` descent steps on all clean rows and these, in float64. */
function reached(game: CraftGame, nu: RealRows, steps: number): number {
  const epsilonD = nu.count / game.clean.count;
  let w = Float64Array.from(game.wClean);
  for (let t = 0; t < steps; t++) {
    const own = regressionGradient(w, game.clean, 3).gradient;
    const added = regressionGradient(w, nu, 3).gradient;
    w = w.map((value, k) => value - (0.1 * (own[k]! + epsilonD * added[k]!)) / (1 + epsilonD));
  }
  return regressionGradient(w, game.validation, 3).loss;
}

describe('back-gradient', () => {
  it('moves each row along the slope that finite differences find', async () => {
    const game = toyGame(size);
    const { states } = await crafted(game, { iterations: 1, unroll: 4, batch: 60, step: 0.5, start: 'clean' });
    const [before, after] = [rowsOf(states[0]!), rowsOf(states[1]!)];
    expect(states[1]!.scalars.validationLoss).toBeCloseTo(reached(game, before, 4), 5);
    for (let j = 0; j < 6; j++) {
      const g = [0, 1, 2, 3].map((i) => {
        const at = (h: number): number => {
          const x = Float64Array.from(before.x);
          x[4 * j + i]! += h;
          return reached(game, { ...before, x }, 4);
        };
        return at(1e-4) - at(-1e-4);
      });
      g.forEach((slope, i) =>
        expect(after.x[4 * j + i]! - before.x[4 * j + i]!).toBeCloseTo((0.5 * slope) / Math.hypot(...g), 2),
      );
    }
  });

  it('begins with wrong labels, and with their own where these are fixed', async () => {
    const game = toyGame(size);
    const { poison } = await crafted(game, { iterations: 1, unroll: 1 });
    poison.baseIndices.forEach((row, j) => expect(poison.y[j]).not.toBe(game.clean.y[row]));
    const fixed = toyGame(size, { constraint: 'fixed-labels' });
    const kept = (await crafted(fixed, { iterations: 1, unroll: 1 })).poison;
    kept.baseIndices.forEach((row, j) => expect(kept.y[j]).toBe(fixed.clean.y[row]));
  });

  it('raises the loss that the same defender reaches', async () => {
    const game = toyGame(size, { constraint: 'box' });
    const { states } = await crafted(game, { iterations: 15, unroll: 10, batch: 60, step: 0.3, start: 'clean' });
    const before = reached(game, rowsOf(states[0]!), 10);
    expect(reached(game, rowsOf(states.at(-1)!), 10)).toBeGreaterThan(1.05 * before);
  });

  it('goes on where the last descent ended when it is warm, and not otherwise', async () => {
    const game = toyGame(size);
    const warm = await crafted(game, { iterations: 2, unroll: 3, start: 'warm' });
    expect(warm.states[1]!.arrays.w).not.toEqual(game.wClean);
    const initial = await crafted(game, { iterations: 2, unroll: 3, start: 'initial' });
    expect(initial.states[2]!.arrays.w).toEqual(initial.states[0]!.arrays.w);
    expect(initial.states[0]!.arrays.w).not.toEqual(game.wClean);
  });

  it('adds groups greedily: those before stay, those after are not there yet', async () => {
    const game = toyGame(size);
    const { states } = await crafted(game, { iterations: 2, unroll: 2, group: 3, batch: 60, start: 'clean' });
    expect(states).toHaveLength(5);
    const [start, first, , third] = states.map((state) => Array.from<number>(rowsOf(state).x));
    expect(first!.slice(12)).toEqual(start!.slice(12));
    expect(first!.slice(0, 12)).not.toEqual(start!.slice(0, 12));
    expect(third!.slice(0, 12)).toEqual(Array.from(rowsOf(states[2]!).x.subarray(0, 12)));
    expect(third!.slice(12)).not.toEqual(start!.slice(12));
    const lone = { ...rowsOf(states[0]!), x: rowsOf(states[0]!).x.subarray(0, 12), count: 3 };
    expect(states[1]!.scalars.validationLoss).toBeCloseTo(reached(game, { ...lone, y: lone.y.subarray(0, 3) }, 2), 5);
  });

  it('takes the last training rows where the game has no validation rows', async () => {
    const game = toyGame(size);
    const none = { ...game, validation: gatheredRows(game.clean, new Int32Array(0)) };
    const { states } = await crafted(none, {
      iterations: 1,
      unroll: 4,
      batch: 60,
      start: 'clean',
      validationShare: 0.3,
    });
    // The toy game's validation rows are the last 30% of its clean rows.
    expect(states[1]!.scalars.validationLoss).toBeCloseTo(reached(game, rowsOf(states[0]!), 4), 5);
  });
});
