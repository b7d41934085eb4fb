import { parseOptions, regressionGradient } from '@theriac/game';
import type { CraftGame, OptionValue, PlainState, Rows } from '@theriac/game';
import { randomStream } from '@theriac/tensors';
import { startBackend } from '@theriac/tensors/engine';
import { toyGame } from '@theriac/testing';
import { tgda } from '.';
import { ascended, generated } from './generator-pass';
import { generatorFor, initialGenerator } from './generators';
import { totalGradient } from './leader';
import { batchesOf, batchPlan } from './schedule';

beforeAll(async () => {
  await startBackend();
});

const optionsOf = (given: Record<string, OptionValue>) => parseOptions(tgda.options, given, 'attack tgda');

async function crafted(game: CraftGame, given: Record<string, OptionValue>) {
  const options = optionsOf(given);
  let state: PlainState = tgda.start(game, options);
  while (!state.done) state = await tgda.step(state, game, options);
  return { poison: tgda.poison(state, game, options), metrics: tgda.metrics(state), state };
}

describe('the schedule', () => {
  it('is the published one: 30 poison rows with each of 60 batches of 1000', () => {
    const sizes = { clean: 60000, count: 1800, batch: 1000, share: 0.3 };
    expect(batchesOf(60000, 1000)).toBe(60);
    expect(batchPlan(7, sizes)).toEqual({
      clean: { from: 7000, to: 8000 },
      validation: { from: 7700, to: 8000 },
      poison: { from: 210, to: 240 },
    });
  });

  it.each([
    [300, 9, 100],
    [670, 67, 97],
    [50, 3, 10],
    [10, 25, 4],
  ])('gives all of %p clean and %p poison rows, once each, to batches of %p', (clean, count, batch) => {
    const plans = Array.from({ length: batchesOf(clean, batch) }, (_, b) =>
      batchPlan(b, { clean, count, batch, share: 0.3 }),
    );
    for (const part of ['clean', 'poison'] as const) {
      expect(plans[0]?.[part].from).toBe(0);
      expect(plans.at(-1)?.[part].to).toBe(part === 'clean' ? clean : count);
      plans.slice(1).forEach((plan, b) => expect(plan[part].from).toBe(plans[b]?.[part].to));
    }
    for (const { validation, clean: rows } of plans) expect(validation.from).toBeLessThan(rows.to);
  });
});

describe('the generators', () => {
  it('have the published sizes', () => {
    expect(generatorFor(784).layout.size).toBe(1_847_104);
    expect(generatorFor(3072).layout.size).toBe(47_355);
  });

  it.each([
    ['dense', 5, 4],
    ['convolutional', 3072, 2],
  ])('rise along the direction they are moved: %s, by central differences', (kind, features, count) => {
    const shape = generatorFor(features);
    expect(shape.kind).toBe(kind);
    const random = randomStream(1, 'generator');
    const theta = initialGenerator(shape, random);
    const inputs = Float32Array.from({ length: count * shape.inputs }, () => random.normal());
    const direction = Float32Array.from({ length: count * features }, () => random.normal());
    const value = (rate: number): number =>
      generated(shape, ascended(shape, theta, inputs, direction, rate).theta, inputs, count).reduce(
        (sum, output, k) => sum + output * direction[k]!,
        0,
      );
    const { norm } = ascended(shape, theta, inputs, direction, 0);
    const h = 0.01 / norm;
    expect((value(h) - value(-h)) / (2 * h * norm * norm)).toBeCloseTo(1, 2);
  });
});

describe('the total gradient', () => {
  it('is the slope of the validation loss of the retrained defender', async () => {
    const game = toyGame({ features: 3, classes: 3, clean: 60, poison: 6 }, { seed: 2 });
    const plan = batchPlan(0, { clean: 60, count: 6, batch: 60, share: 0.3 });
    const random = randomStream(5, 'nu');
    const x = Float32Array.from({ length: 18 }, () => random.normal());
    const nu: Rows = { x, y: Int32Array.from([0, 1, 2, 0, 1, 2]), count: 6, features: 3 };
    const validation = { ...game.clean, x: game.clean.x.subarray(42 * 3), y: game.clean.y.subarray(42), count: 18 };

    /** L at the w* of the mixture, in double precision. */
    const retrained = (values: Float32Array | Float64Array, from: Float64Array, steps: number) => {
      const mixture = {
        x: Float64Array.from([...game.clean.x, ...values]),
        y: Int32Array.from([...game.clean.y, ...nu.y]),
        count: 66,
        features: 3,
      };
      const w = from.slice();
      for (let step = 0; step < steps; step++)
        regressionGradient(w, mixture, 3).gradient.forEach((slope, k) => (w[k]! -= 1.5 * slope));
      return { w, loss: regressionGradient(w, validation, 3).loss };
    };

    const optimum = retrained(x, new Float64Array(12), 4000).w;
    const w = Float32Array.from(optimum);
    const { derivative } = await totalGradient(
      game.follower,
      w,
      plan,
      nu,
      optionsOf({ solver: 'cgnr', solverIterations: 30 }),
    );
    for (const k of [0, 8, 17]) {
      const moved = (by: number) => Float64Array.from(x, (value, at) => value + (at === k ? by : 0));
      const lossAt = (by: number) => retrained(moved(by), optimum, 1000).loss;
      const slope = (lossAt(0.02) - lossAt(-0.02)) / 0.04;
      expect(derivative[k]).toBeCloseTo(slope, 4);
    }
  });
});

describe('TGDA', () => {
  const size = { features: 6, classes: 4, clean: 300, poison: 45 };
  const quick = { epochs: 12, batch: 100, followerSteps: 10 };

  /** Loss of a defender trained from scratch, on the clean rows. */
  function damage(game: CraftGame, x: Float32Array, y: Int32Array): number {
    const { clean } = game as ReturnType<typeof toyGame>;
    const mixture = {
      x: Float32Array.from([...clean.x, ...game.toModelInput(x)]),
      y: Int32Array.from([...clean.y, ...y]),
      count: clean.count + y.length,
      features: clean.features,
    };
    const w = new Float64Array(game.model.layout.size);
    for (let step = 0; step < 400; step++)
      regressionGradient(w, mixture, game.classes).gradient.forEach((slope, k) => (w[k]! -= 0.5 * slope));
    return regressionGradient(w, clean, game.classes).loss;
  }

  it.each([
    ['direct', { parametrisation: 'direct', leaderRate: 0.1 }],
    [
      'direct, by damped conjugate gradients',
      { parametrisation: 'direct', leaderRate: 0.1, solver: 'cg', damping: 0.01 },
    ],
    ['generator', { parametrisation: 'generator', leaderRate: 30 }],
  ])('within the box, with the base rows’ labels, harms a retrained defender: %s', async (_, given) => {
    const game = toyGame(size, { constraint: 'box' });
    const { poison } = await crafted(game, { ...quick, ...given });
    const base = Float32Array.from(poison.baseIndices, (row) => row);
    expect([...base]).toEqual(Array.from({ length: 45 }, (__, j) => j));
    expect([...poison.y]).toEqual([...poison.baseIndices].map((row) => game.clean.y[row]));
    expect(poison.x.every((value) => value >= 0 && value <= 1)).toBe(true);
    const before = Float32Array.from(poison.baseIndices, () => 0);
    const rows = new Float32Array(before.length * size.features);
    poison.baseIndices.forEach((row, j) => rows.set(game.stored(row), j * size.features));
    expect(damage(game, poison.x, poison.y)).toBeGreaterThan(1.05 * damage(game, rows, poison.y));
  });

  it('keeps the poison of the best pass where it is told to', async () => {
    const game = toyGame(size, { constraint: 'box' });
    const given = { ...quick, epochs: 3, parametrisation: 'direct', leaderRate: 0.2 };
    const { metrics } = await crafted(game, { ...given, keep: 'best' });
    const best = await crafted(game, { ...given, epochs: metrics['bestEpoch'] as number });
    expect((await crafted(game, { ...given, keep: 'best' })).poison.x).toEqual(best.poison.x);
  });

  it('starts from noise that depends on the seed, within Gamma', async () => {
    const given = { ...quick, epochs: 1, parametrisation: 'direct', start: 'noise' };
    const rows = async (seed: number) =>
      (await crafted(toyGame(size, { constraint: 'linf-ball', seed }), given)).poison;
    const [one, other] = [await rows(1), await rows(2)];
    expect(one.x).not.toEqual(other.x);
    const game = toyGame(size, { constraint: 'linf-ball' });
    one.baseIndices.forEach((row, j) =>
      game.stored(row).forEach((value, k) => expect(Math.abs(one.x[j * 6 + k]! - value)).toBeLessThan(0.1001)),
    );
  });

  it('gives least likely labels, but not where labels are fixed', async () => {
    const game = toyGame(size);
    const given = { ...quick, epochs: 1, parametrisation: 'direct', labels: 'least-likely' };
    const { poison } = await crafted(game, given);
    poison.baseIndices.forEach((row, j) => expect(poison.y[j]).not.toBe(game.clean.y[row]));
    expect(() => tgda.start(toyGame(size, { constraint: 'fixed-labels' }), optionsOf(given))).toThrow(/labels is/);
  });

  it('says so when it diverges', async () => {
    const game = toyGame(size);
    const descend = async (w: Float32Array): Promise<Float32Array> => w.map((value) => value / 0);
    const diverging = { ...game, follower: { ...game.follower, descend } };
    await expect(crafted(diverging, { ...quick, parametrisation: 'direct' })).rejects.toMatchObject({
      detail: { code: 'ABORTED', field: 'followerRate' },
    });
  });
});
