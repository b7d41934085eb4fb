import {
  concatenateRows,
  gatheredRows,
  parseOptions,
  regressionErrors,
  regressionGradient,
  regressionLogits,
  rowsBetween,
} from '@theriac/game';
import type { CraftGame, CraftState, Rows } from '@theriac/game';
import { startBackend } from '@theriac/tensors/engine';
import { toyGame } from '@theriac/testing';
import { iMinMax } from './i-min-max';

const size = { features: 5, classes: 3, clean: 40, poison: 8 };

beforeAll(async () => {
  await startBackend();
});

async function played(game: CraftGame, given: Record<string, unknown>) {
  const options = parseOptions(iMinMax.options, given, iMinMax.id);
  const states: CraftState[] = [iMinMax.start(game, options)];
  while (!states.at(-1)!.done) states.push(await iMinMax.step(states.at(-1)!, game, options));
  return { states, poison: iMinMax.poison(states.at(-1)!, game, options) };
}

/** d ell / dx of one row, from the closed form. */
function slope(w: Float32Array, row: Rows): number[] {
  const { errors } = regressionErrors(regressionLogits(w, row, 3), row.y, 3);
  return Array.from({ length: 5 }, (_, i) => [0, 1, 2].reduce((sum, k) => sum + w[i * 3 + k]! * errors[k]!, 0));
}

describe('i-min-max', () => {
  it('plays one leader step and n follower steps on each batch, as closed forms do', async () => {
    const game = toyGame(size);
    const { states } = await played(game, { epochs: 1, batch: 20, step: 0.7, followerSteps: 3, followerRate: 0.2 });
    expect(states).toHaveLength(3);
    const x = states[1]!.arrays.x as Float32Array;
    for (let j = 0; j < 4; j++) {
      const row = gatheredRows(game.clean, Int32Array.of(j));
      const g = slope(game.wClean, row);
      g.forEach((value, i) => expect(x[j * 5 + i]).toBeCloseTo(row.x[i]! + (0.7 * value) / Math.hypot(...g), 4));
    }
    for (let j = 4; j < 8; j++)
      for (let i = 0; i < 5; i++) expect(x[j * 5 + i]).toBeCloseTo(game.clean.x[j * 5 + i]!, 5);
    const nu: Rows = { x: x.subarray(0, 20), y: game.clean.y.subarray(0, 4), count: 4, features: 5 };
    const batch = concatenateRows(rowsBetween(game.clean, 0, 20), nu);
    let w = Float64Array.from(game.wClean);
    for (let n = 0; n < 3; n++) {
      const { gradient } = regressionGradient(w, batch, 3);
      w = w.map((value, k) => value - 0.2 * gradient[k]!);
    }
    w.forEach((value, k) => expect(states[1]!.arrays.w![k]).toBeCloseTo(value, 5));
  });

  it('keeps the labels, and raises the loss of the defender that it trained against', async () => {
    const game = toyGame(size, { constraint: 'box' });
    const { states, poison } = await played(game, { epochs: 4, batch: 20, step: 0.5 });
    poison.baseIndices.forEach((row, j) => expect(poison.y[j]).toBe(game.clean.y[row]));
    const w = states.at(-1)!.arrays.w as Float32Array;
    const nu: Rows = { ...poison, x: game.toModelInput(poison.x) };
    const base = gatheredRows(game.clean, poison.baseIndices);
    expect(regressionGradient(w, nu, 3).loss).toBeGreaterThan(2 * regressionGradient(w, base, 3).loss);
  });
});
