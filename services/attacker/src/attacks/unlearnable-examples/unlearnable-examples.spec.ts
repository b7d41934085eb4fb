/** Unlearnable examples against closed forms of softmax regression. */
import type { CraftState, OptionValues } from '@theriac/game';
import { createConstraint, parseOptions, regressionGradient, regressionLogits } from '@theriac/game';
import { startBackend } from '@theriac/tensors/engine';
import { randomStream } from '@theriac/tensors';
import { toyGame } from '@theriac/testing';
import { inputRows, meanNoise, noised, steppedNoise } from './noise';
import { minibatchRows, surrogateStep } from './surrogate';
import { unlearnableExamples } from '.';

beforeAll(async () => {
  await startBackend();
});

const [features, classes, clean] = [6, 3, 90];
const toy = (constraint = 'box', poison = clean) => toyGame({ features, classes, clean, poison }, { constraint });
const optionsOf = (given: Record<string, number | string>): OptionValues =>
  parseOptions(unlearnableExamples.options, given, 'test');

async function crafted(game: ReturnType<typeof toy>, given: Record<string, number | string>) {
  const options = optionsOf(given);
  let state: CraftState = unlearnableExamples.start(game, options);
  while (!state.done) state = await unlearnableExamples.step(state, game, options);
  return { state, poison: unlearnableExamples.poison(state, game, options) };
}

/** d ell / dx of softmax regression: W (p - e_y), model-input units. */
function slopeOf(w: Float32Array, x: Float32Array, y: ArrayLike<number>): Float64Array {
  const rows = { x, y: Int32Array.from(y), count: y.length, features };
  const z = regressionLogits(w, rows, classes);
  const slope = new Float64Array(x.length);
  for (let j = 0; j < y.length; j++) {
    const own = Array.from(z.slice(j * classes, (j + 1) * classes), Math.exp);
    const total = own.reduce((sum, value) => sum + value, 0);
    for (let i = 0; i < features; i++)
      for (let k = 0; k < classes; k++)
        slope[j * features + i]! += w[i * classes + k]! * (own[k]! / total - (y[j] === k ? 1 : 0));
  }
  return slope;
}

const largest = (x: Float32Array, base: Float32Array): number =>
  x.reduce((most, value, i) => Math.max(most, Math.abs(value - base[i]!)), 0);

describe('noise', () => {
  it('is added first and clipped after: negative noise darkens, and stops at black', () => {
    const constraint = createConstraint('box', { storedRange: [0, 1] });
    const base = Float32Array.of(0.5, 0.25, 0.125, 0.75, 1, 0.5);
    const delta = Float32Array.of(-0.25, -0.25, -0.25, 0.5, 0.25, 0.25);
    expect([...noised({ constraint }, base, delta)]).toEqual([0.25, 0, 0, 1, 1, 0.75]);
  });

  it.each([
    ['down', false],
    ['up', true],
  ] as const)('steps %s the loss of softmax regression by its closed form', (_, climbs) => {
    const game = toy();
    const labels = Int32Array.from(game.clean.y.subarray(0, 20));
    const stored = game.toStored(game.clean.x.subarray(0, 20 * features));
    const settings = { steps: 1, step: 0.01, radius: 0.05, climbs };
    const x = steppedNoise(game, game.wClean, stored, { stored, labels }, settings);
    const slope = slopeOf(game.wClean, game.clean.x.subarray(0, 20 * features), labels);
    const moves = { less: 0, more: 0 };
    stored.forEach((before, i) => {
      const expected = Math.min(1, Math.max(0, before + (climbs ? 1 : -1) * 0.01 * Math.sign(slope[i]!)));
      expect(x[i]).toBeCloseTo(expected, 6);
      moves[x[i]! < before ? 'less' : 'more'] += 1;
    });
    expect(Math.min(moves.less, moves.more)).toBeGreaterThan(20);
  });

  it('stays in its ball however many steps it takes', () => {
    const game = toy('none');
    const { stored, labels } = {
      stored: game.toStored(game.clean.x),
      labels: Int32Array.from(game.clean.y),
    };
    const settings = { steps: 9, step: 0.02, radius: 0.05, climbs: true };
    const x = steppedNoise(game, game.wClean, stored, { stored, labels }, settings);
    expect(largest(x, stored)).toBeCloseTo(0.05, 5);
  });

  it('of a class is the mean over its rows, and stays where the class has none', () => {
    const stored = Float32Array.of(0.5, 0.5, 0.5, 0.5);
    const x = Float32Array.of(0.6, 0.4, 0.4, 0.2);
    const noise = meanNoise(Float32Array.of(0.5, 0.5, 0.01, 0.02), x, { stored, labels: Int32Array.of(0, 0) }, 0.15);
    [0, -0.15, 0.01, 0.02].forEach((value, i) => expect(noise[i]).toBeCloseTo(value, 6));
  });
});

describe('the surrogate', () => {
  it('takes a step of SGD with momentum, weight decay and a clipped gradient', async () => {
    const game = toy();
    // Rows ten times as far out: gradients longer than the bound, under weights that answer wrongly.
    const long = Float32Array.from(game.clean.x, (value) => 10 * value);
    const random = randomStream(5, 'surrogate');
    const draw = (scale: number) => Float32Array.from(game.wClean, () => scale * random.normal());
    for (const [scale, x] of [
      [0.1, game.clean.x],
      [3, long],
    ] as const) {
      const rows = { ...game.clean, x, y: Int32Array.from(game.clean.y) };
      const [w, velocity] = [draw(scale), draw(0.1)];
      const settings = { learningRate: 0.05, momentum: 0.8 };
      const found = await surrogateStep(game.follower, { w, velocity }, rows, settings);
      const { gradient, loss } = regressionGradient(w, rows, classes);
      const length = Math.hypot(...gradient);
      expect(length > 5).toBe(x === long);
      const factor = Math.min(1, 5 / length);
      expect(found.loss / loss).toBeCloseTo(1, 4);
      w.forEach((value, k) => {
        const v = 0.8 * velocity[k]! + factor * gradient[k]! + 5e-4 * value;
        expect(found.velocity[k]).toBeCloseTo(v, 3);
        expect(found.w[k]).toBeCloseTo(value - 0.05 * v, 3);
      });
    }
  });

  it('sees every row once in a pass, in an order of its own', () => {
    const pass = (first: number) =>
      [0, 1, 2].flatMap((b) => [...minibatchRows(first + b, 12, 4, randomStream(1, 'attack'))]);
    expect(pass(0).toSorted((a, b) => a - b)).toEqual(Array.from({ length: 12 }, (_, row) => row));
    expect(pass(3).toSorted((a, b) => a - b)).toEqual(Array.from({ length: 12 }, (_, row) => row));
    expect(pass(3)).not.toEqual(pass(0));
    expect(minibatchRows(0, 3, 4, randomStream(1, 'attack'))).toHaveLength(3);
  });
});

describe('unlearnable examples', () => {
  const radius = 0.1;

  it('replace every row by itself with its label and a noise of its own', async () => {
    const game = toy();
    const { poison } = await crafted(game, { radius, rounds: 2, steps: 4, step: 0.5 });
    expect(new Set(poison.baseIndices).size).toBe(clean);
    const noises = new Map<number, Set<string>>();
    poison.baseIndices.forEach((row, j) => {
      expect(poison.y[j]).toBe(game.clean.y[row]);
      const base = game.stored(row);
      const own = poison.x.subarray(j * features, (j + 1) * features);
      expect(largest(own, base)).toBeLessThanOrEqual(radius + 1e-6);
      const inside = base.every((value) => value > radius && value < 1 - radius);
      if (!inside) return;
      const signs = own.map((value, i) => Math.sign(value - base[i]!)).join(' ');
      noises.set(poison.y[j]!, (noises.get(poison.y[j]!) ?? new Set()).add(signs));
    });
    // Sample-wise noise differs within a class, also where no pixel was clipped.
    expect(Math.max(...[...noises.values()].map((own) => own.size))).toBeGreaterThan(1);
  });

  it('share one noise in a class, up to clipping, where it is class-wise', async () => {
    const game = toy();
    const { poison } = await crafted(game, { noise: 'class-wise', classShare: 1, radius, rounds: 2, steps: 4 });
    const seen = new Map<number, Float32Array>();
    let compared = 0;
    poison.baseIndices.forEach((row, j) => {
      const base = game.stored(row);
      if (!base.every((value) => value > radius && value < 1 - radius)) return;
      const delta = poison.x.slice(j * features, (j + 1) * features).map((value, i) => value - base[i]!);
      const before = seen.get(poison.y[j]!);
      if (before !== undefined) {
        delta.forEach((value, i) => expect(value).toBeCloseTo(before[i]!, 5));
        compared += 1;
      }
      seen.set(poison.y[j]!, delta);
    });
    expect(compared).toBeGreaterThan(10);
  });

  it('leave the surrogate little to learn, or turn the clean model round', async () => {
    const lossAt = (state: CraftState) => state.scalars.error as number;
    const least = await crafted(toy('none'), { radius: 0.3, rounds: 6, steps: 5, step: 0.5 });
    expect(lossAt(least.state)).toBeLessThan(0.02);
    const game = toy('none');
    const settings = { objective: 'error-maximising', radius: 0.3, rounds: 6, steps: 5, step: 0.5 };
    const most = await crafted(game, settings);
    expect(most.state.arrays.w).toEqual(game.wClean);
    expect(lossAt(most.state)).toBeGreaterThan(0.9);
    // A defender that fits these rows is wrong about clean ones: its weights point the other way.
    const nu = inputRows(game, most.poison.x, most.poison.y);
    let w = new Float64Array(game.wClean.length);
    for (let step = 0; step < 400; step++) {
      const { gradient } = regressionGradient(w, nu, classes);
      w = w.map((value, k) => value - 0.3 * gradient[k]!);
    }
    const accuracy = (rows: typeof nu): number => {
      const z = regressionLogits(Float32Array.from(w), rows, classes);
      let right = 0;
      for (let j = 0; j < rows.count; j++) {
        const own = z.slice(j * classes, (j + 1) * classes);
        right += own.indexOf(Math.max(...own)) === rows.y[j] ? 1 / rows.count : 0;
      }
      return right;
    };
    expect(accuracy({ ...game.clean, y: Int32Array.from(game.clean.y) })).toBeLessThan(accuracy(nu) / 2);
  });

  it('touch the rows of their share only', async () => {
    const game = toy('box', 30);
    const { poison } = await crafted(game, { radius, rounds: 1, selection: 'first' });
    expect([...poison.baseIndices]).toEqual(Array.from({ length: 30 }, (_, row) => row));
  });
});
