import type { Rows } from '@theriac/game';
import { createModel, createOracles } from '@theriac/game/engine';
import { norm, randomStream } from '@theriac/tensors';
import { liveTensors, startBackend } from '@theriac/tensors/engine';
import { dropoutGradient, dropsOut } from './dropout-gradient';
import { corruptedParameters, startCorruption, stepCorruption } from './gradient-parameter-corruption';

const shape = [8, 8, 1];
const random = randomStream(4, 'dropout-gradient');
const clean: Rows = {
  x: Float32Array.from({ length: 9 * 64 }, () => random.normal()),
  y: Int32Array.from({ length: 9 }, (_, i) => i % 3),
  count: 9,
  features: 64,
};

beforeAll(async () => {
  await startBackend();
});

const model = () => createModel('cnn-gc', shape, 3);
const parameters = () => model().initialise(randomStream(1, 'model'));
const difference = (a: Float32Array, b: Float32Array) => norm(a.map((value, i) => value - b[i]!));

it('is that of central differences with the same masks, and not the one without dropout', () => {
  const [gradients, w] = [dropoutGradient(model()), parameters()];
  const masks = () => randomStream(2, 'masks');
  const { gradient } = gradients.at(w, clean, masks());
  const length = norm(gradient);
  const direction = gradient.map((value) => value / length);
  const h = 2e-3;
  const at = (by: number) =>
    gradients.at(
      w.map((value, i) => value + by * direction[i]!),
      clean,
      masks(),
    ).loss;
  expect((at(h) - at(-h)) / (2 * h) / length).toBeCloseTo(1, 2);
  const oracles = createOracles(model());
  expect(difference(gradient, oracles.gradient(w, clean).gradient)).toBeGreaterThan(0.1 * length);
  oracles.dispose();
  gradients.dispose();
});

it('is for models with dropout and without batch statistics', () => {
  expect(dropsOut(model())).toBe(true);
  expect(dropsOut(createModel('nn-gc', shape, 3))).toBe(false);
  expect(dropsOut({ ...model(), statisticsFrom: 0 })).toBe(false);
});

describe('corruption of a network that drops out', () => {
  function corrupted(dropout: boolean | undefined, seed = 5): Float32Array {
    const oracles = createOracles(model());
    const game = { clean, model: model(), wClean: parameters(), oracles, classes: 3, random: randomStream(seed, 'c') };
    const options = { epsilonW: 0.2, batch: 4, ...(dropout === undefined ? {} : { dropout }) };
    let state = startCorruption(game, options);
    while (!state.done) state = stepCorruption(state, game, options);
    oracles.dispose();
    return corruptedParameters(state, game.wClean);
  }

  it('drops out unless told otherwise, by its seed, and leaves no tensor behind', () => {
    const on = corrupted(undefined);
    const before = liveTensors();
    expect(corrupted(true)).toEqual(on);
    expect(liveTensors()).toBe(before);
    expect(difference(corrupted(false), on)).toBeGreaterThan(0.02);
    expect(difference(on, parameters())).toBeCloseTo(0.2, 4);
  });
});
