/**
 * GradPC, gradient-based parameter corruption (Sun et al., AAAI 2021; multi-step form of their released code):
 *   max over w of F(mu; w)  s.t.  ||w - w_c|| <= epsilonW.
 * For every minibatch of 64 of one pass over mu, shuffled, all parameters taking part:
 *   g = grad F(batch; w_c + a);  a <- a + lr g / ||g||;  a <- a min{1, epsilonW / ||a||}.
 */
import type { CraftGame, PlainState } from '@theriac/game';
import { gatheredRows, norm, regressionGradient } from '@theriac/game';
import { invalid } from '@theriac/tensors';

export interface CorruptionOptions {
  /** Radius of the ball around w_c, > 0. */
  readonly epsilonW: number;
  /** Length of a step before projection. */
  readonly learningRate?: number;
  readonly batch?: number;
}

/** What the corruption needs of a game. */
export type CorruptionGame = Pick<CraftGame, 'clean' | 'model' | 'wClean' | 'oracles' | 'classes' | 'random'>;

/** Minibatches of one step: some tens of milliseconds. */
const batchesPerStep = 32;

/** a = 0. Throws INVALID_ARGUMENT for a radius that is not positive. */
export function startCorruption(game: CorruptionGame, options: CorruptionOptions): PlainState {
  const { epsilonW, batch = 64 } = options;
  if (!(epsilonW > 0 && epsilonW < Infinity))
    throw invalid('epsilonW', epsilonW, 'a number above 0', 'The literature uses 0.5 and 1.');
  const of = Math.ceil(Math.ceil(game.clean.count / batch) / batchesPerStep);
  const corruption = new Float64Array(game.wClean.length);
  return { step: 0, of, done: of === 0, scalars: { loss: 0 }, arrays: { corruption } };
}

/** The next minibatches. */
export function stepCorruption(state: PlainState, game: CorruptionGame, options: CorruptionOptions): PlainState {
  const { epsilonW, learningRate = 1, batch = 64 } = options;
  const { clean, wClean } = game;
  const corruption = Float64Array.from(state.arrays.corruption!);
  const order = game.random.fork('order').permutation(clean.count);
  const last = Math.min((state.step + 1) * batchesPerStep * batch, clean.count);
  let loss = 0;
  for (let from = state.step * batchesPerStep * batch; from < last; from += batch) {
    const to = Math.min(from + batch, last);
    const found = gradientAt(game, wClean, corruption, order.subarray(from, to));
    loss = found.loss;
    const length = norm(found.gradient);
    if (length > 0)
      for (let i = 0; i < corruption.length; i++) corruption[i]! += (learningRate / length) * found.gradient[i]!;
    const distance = norm(corruption);
    if (distance > epsilonW) for (let i = 0; i < corruption.length; i++) corruption[i]! *= epsilonW / distance;
  }
  const step = state.step + 1;
  return { step, of: state.of, done: step >= state.of, scalars: { loss }, arrays: { corruption } };
}

/** w = w_c + a. The distance from w_c is exact to float32 rounding. */
export function corruptedParameters(state: PlainState, wClean: Float32Array): Float32Array {
  return wClean.map((value, i) => value + state.arrays.corruption![i]!);
}

/** Distance from w_c so far, and the loss on the last minibatch. */
export function corruptionMetrics(state: PlainState): Record<string, number> {
  return { distance: norm(state.arrays.corruption as Float64Array), loss: state.scalars.loss as number };
}

function gradientAt(
  game: CorruptionGame,
  wClean: Float32Array,
  corruption: Float64Array,
  batch: Int32Array,
): { loss: number; gradient: Float64Array | Float32Array } {
  const { clean, model, oracles, classes } = game;
  const rows = gatheredRows(clean, batch);
  if (model.softmaxRegression)
    return regressionGradient(
      corruption.map((value, i) => value + wClean[i]!),
      rows,
      classes,
    );
  return oracles.gradient(
    wClean.map((value, i) => value + corruption[i]!),
    rows,
  );
}
