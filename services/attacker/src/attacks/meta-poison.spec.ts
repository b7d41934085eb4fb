import { parseOptions, regressionGradient, rowsBetween } from '@theriac/game';
import type { CraftGame, CraftState, RealRows, Rows } from '@theriac/game';
import { startBackend } from '@theriac/tensors/engine';
import { toyGame } from '@theriac/testing';
import { metaPoison } from './meta-poison';

const size = { features: 4, classes: 3, clean: 60, poison: 6 };

beforeAll(async () => {
  await startBackend();
});

async function crafted(game: CraftGame, given: Record<string, unknown>) {
  const options = parseOptions(metaPoison.options, given, metaPoison.id);
  const states: CraftState[] = [metaPoison.start(game, options)];
  while (!states.at(-1)!.done) states.push(await metaPoison.step(states.at(-1)!, game, options));
  return { states, poison: metaPoison.poison(states.at(-1)!, game, options) };
}

type Vector = Float32Array | Float64Array;

/** One descent step on clean rows [from, to), with poison rows of weight eps_d where there are any. */
function stepped(game: CraftGame, w: Vector, [from, to]: readonly [number, number], nu?: RealRows): Float64Array {
  const own = regressionGradient(w, rowsBetween(game.clean, from, to), 3).gradient;
  const added = nu && regressionGradient(w, nu, 3).gradient;
  const epsilonD = added ? game.epsilonD : 0;
  return Float64Array.from(w, (value, k) => value - (0.1 * (own[k]! + epsilonD * (added?.[k] ?? 0))) / (1 + epsilonD));
}

const lossOf = (game: CraftGame, w: Vector): number => regressionGradient(w, game.validation, 3).loss;

function expectVector(found: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(found.length).toBe(expected.length);
  for (let k = 0; k < expected.length; k++) expect(found[k]).toBeCloseTo(expected[k]!, 5);
}

describe('MetaPoison', () => {
  it('moves the poison by the signs that finite differences through two steps have', async () => {
    const game = toyGame(size);
    const { states } = await crafted(game, {
      iterations: 1,
      surrogates: 1,
      batches: 2,
      batch: 30,
      step: 0.25,
      schedule: 'constant',
    });
    expect(states).toHaveLength(3);
    const [start, end] = [states[0]!.arrays.x as Float32Array, states[2]!.arrays.x as Float32Array];
    const y = Int32Array.from(game.clean.y.subarray(0, 6));
    const parts = [
      [0, 30],
      [30, 60],
    ] as const;
    const rows = (x: Vector, b: number): RealRows => ({
      x: x.subarray(b * 12, b * 12 + 12),
      y: y.subarray(b * 3, b * 3 + 3),
      count: 3,
      features: 4,
    });
    const initial = states[0]!.arrays.surrogates as Float32Array;
    const surrogates = [initial, stepped(game, initial, parts[0])];
    let compared = 0;
    for (let at = 0; at < 24; at++) {
      const b = Math.floor(at / 12);
      const objective = (h: number): number => {
        const x = Float64Array.from(start);
        x[at]! += h;
        const first = stepped(game, surrogates[b]!, parts[b]!, rows(x, b));
        const second = stepped(game, first, parts[1 - b]!, rows(start, 1 - b));
        return (lossOf(game, first) + lossOf(game, second)) / 2;
      };
      const slope = (objective(1e-4) - objective(-1e-4)) / 2e-4;
      if (Math.abs(slope) < 1e-6) continue;
      compared++;
      expect(end[at]! - start[at]!).toBeCloseTo(0.25 * Math.sign(slope), 4);
    }
    expect(compared).toBeGreaterThan(20);
  });

  it('trains surrogate m for m epochs of clean rows first, and begins it anew at the end of its life', async () => {
    const game = toyGame(size);
    const { states } = await crafted(game, { iterations: 2, surrogates: 3, batches: 2, batch: 30, unroll: 1 });
    const of = (state: CraftState, m: number): Float32Array =>
      (state.arrays.surrogates as Float32Array).subarray(m * 15, m * 15 + 15);
    const epochs = (w: Vector, count: number): Vector => {
      let u = w;
      for (let e = 0; e < count; e++) u = stepped(game, stepped(game, u, [0, 30]), [30, 60]);
      return u;
    };
    const ready = states[6]!; // after 1 + 2 epochs of two minibatches
    for (const m of [0, 1, 2]) expectVector(of(ready, m), epochs(of(states[0]!, m), m));
    const after = states[12]!; // after one iteration: three surrogates, two minibatches each
    for (const m of [0, 1]) expectVector(of(after, m), epochs(of(states[0]!, m), m + 1));
    expect(Math.max(...of(after, 2).map(Math.abs))).toBeLessThanOrEqual(0.5); // 1 / sqrt(features): an initialisation
    expect(Array.from(of(after, 2))).not.toEqual(Array.from(of(states[0]!, 2)));
  });

  it('starts within its radius, and stays within the ball', async () => {
    const game = toyGame(size, { constraint: 'linf-ball' });
    const { states, poison } = await crafted(game, { iterations: 3, surrogates: 2, batches: 2, step: 5 });
    const start = game.toStored(states[0]!.arrays.x as Float32Array);
    const distance = (x: Float32Array): number =>
      Math.max(...x.map((value, i) => Math.abs(value - game.stored(Math.floor(i / 4))[i % 4]!)));
    expect(distance(start)).toBeLessThan(8 / 255 + 1e-5);
    expect(distance(start)).toBeGreaterThan(4 / 255);
    expect(distance(poison.x)).toBeCloseTo(0.1, 4);
    poison.baseIndices.forEach((row, j) => expect(poison.y[j]).toBe(game.clean.y[row]));
  });

  it('raises the validation loss of what it attacks', async () => {
    const game = toyGame({ ...size, poison: 20 }, { constraint: 'box' });
    const { states, poison } = await crafted(game, { iterations: 20, surrogates: 2, batches: 3, schedule: 'constant' });
    const nu: Rows = { ...poison, x: game.toModelInput(poison.x) };
    const clean: Rows = {
      ...nu,
      x: game.toModelInput(states[0]!.arrays.x!.map((_, i) => game.stored(Math.floor(i / 4))[i % 4]!) as Float32Array),
    };
    const trained = (rows: Rows): number => {
      let w: Vector = new Float32Array(15);
      for (let t = 0; t < 100; t++) w = stepped(game, w, [0, 60], rows);
      return lossOf(game, w);
    };
    expect(trained(nu)).toBeGreaterThan(1.1 * trained(clean));
  });
});
