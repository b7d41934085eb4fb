import { regressionGradient } from '@theriac/game';
import type { PlainState } from '@theriac/game';
import { norm, randomStream } from '@theriac/tensors';
import { startBackend } from '@theriac/tensors/engine';
import { toyGame } from '@theriac/testing';
import { corruptedParameters, startCorruption, stepCorruption } from './gradient-parameter-corruption';
import type { CorruptionGame, CorruptionOptions } from './gradient-parameter-corruption';

const size = { features: 6, classes: 4, clean: 700, poison: 1 };

beforeAll(async () => {
  await startBackend();
});

function corrupted(game: CorruptionGame, options: CorruptionOptions, from?: PlainState): Float32Array {
  let state = from ?? startCorruption(game, options);
  while (!state.done) state = stepCorruption(state, game, options);
  return corruptedParameters(state, game.wClean);
}

function distance(a: Float32Array, b: Float32Array): number {
  return norm(Float64Array.from(a, (value, i) => value - b[i]!));
}

describe('gradient parameter corruption', () => {
  it.each([0.5, 1, 3])('ends on the sphere of radius %p and raises the loss', (epsilonW) => {
    const game = toyGame(size);
    const w = corrupted(game, { epsilonW, batch: 8 });
    expect(Math.abs(distance(w, game.wClean) - epsilonW)).toBeLessThan(1e-5);
    const loss = (at: Float32Array) => regressionGradient(at, game.clean, 4).loss;
    expect(loss(w)).toBeGreaterThan(1.05 * loss(game.wClean));
  });

  it('with one batch is the closed form epsilonW g / ||g||', () => {
    const game = toyGame(size);
    const { gradient } = regressionGradient(game.wClean, game.clean, 4);
    const w = corrupted(game, { epsilonW: 0.7, batch: 700 });
    w.forEach((value, i) => expect(value).toBeCloseTo(game.wClean[i]! + (0.7 * gradient[i]!) / norm(gradient), 6));
  });

  it('gives the same by closed form and by oracle', () => {
    const game = toyGame(size);
    const options = { epsilonW: 0.5, batch: 16 };
    const viaOracle = { ...game, model: { ...game.model, softmaxRegression: false } };
    expect(distance(corrupted(game, options), corrupted(viaOracle, options))).toBeLessThan(1e-4);
  });

  it('corrupts a network through its oracle', () => {
    const game = toyGame(size, { model: 'nn-gc' });
    const w = corrupted(game, { epsilonW: 0.5 });
    expect(distance(w, game.wClean)).toBeCloseTo(0.5, 5);
    expect(game.oracles.gradient(w, game.clean).loss).toBeGreaterThan(
      game.oracles.gradient(game.wClean, game.clean).loss,
    );
  });

  it('leaves what is not trained as it is: running statistics', () => {
    const game = toyGame(size, { model: 'nn-gc' });
    const statisticsFrom = game.wClean.length - 4;
    const w = corrupted({ ...game, model: { ...game.model, statisticsFrom } }, { epsilonW: 0.5 });
    expect(w.subarray(statisticsFrom)).toEqual(game.wClean.subarray(statisticsFrom));
    expect(distance(w, game.wClean)).toBeCloseTo(0.5, 5);
  });

  it('goes on from any state to the same bytes', () => {
    const game = toyGame(size);
    const options = { epsilonW: 1, batch: 8 };
    const half = stepCorruption(startCorruption(game, options), game, options);
    expect(half.done).toBe(false);
    expect(corrupted(game, options, structuredClone(half))).toEqual(corrupted(game, options));
  });

  it('takes the minibatches in an order that depends on the seed', () => {
    const at = (seed: number) => {
      const game = { ...toyGame(size), random: randomStream(seed, 'corruption') };
      return corrupted(game, { epsilonW: 1, batch: 8 });
    };
    expect(at(1)).toEqual(at(1));
    expect(at(1)).not.toEqual(at(2));
  });

  it.each([0, -1, NaN, Infinity])('refuses the radius %p', (epsilonW) => {
    expect(() => startCorruption(toyGame(size), { epsilonW })).toThrow(/epsilonW is/);
  });
});
