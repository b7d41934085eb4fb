/**
 * GradPC, gradient-based parameter corruption (Sun et al., AAAI 2021; multi-step form of their released code):
 *   max over w of F(mu; w)  s.t.  ||w - w_c|| <= epsilonW.
 * For every minibatch of 64 of one pass over mu, shuffled, all parameters taking part:
 *   g = grad F(batch; w_c + a);  a <- a + lr g / ||g||;  a <- a min{1, epsilonW / ||a||}.
 * Trained parameters only: running statistics stay as they are, and are constants of the gradient. Models that drop out do so
 * in g, as the released code leaves them in training mode, unless `dropout` is false.
 */
import type { CraftGame, Model, PlainState, Rows } from '@theriac/game';
import { gatheredRows, regressionGradient } from '@theriac/game';
import { invalid, norm } from '@theriac/tensors';
import { dropoutGradient, dropsOut } from './dropout-gradient';

export interface CorruptionOptions {
  /** Radius of the ball around w_c, > 0. */
  readonly epsilonW: number;
  /** Length of a step before projection. */
  readonly learningRate?: number;
  readonly batch?: number;
  /** Whether a model that drops out does so here; default true. */
  readonly dropout?: boolean;
}

/** What the corruption needs of a game. */
export type CorruptionGame = Pick<CraftGame, 'clean' | 'model' | 'wClean' | 'oracles' | 'classes' | 'random'>;

/** Minibatches of one step: some tens of milliseconds, for convolutional networks seconds. */
function batchesPerStep({ activations }: Model, batch: number): number {
  return batch * activations > 1 << 22 ? 8 : 32;
}

/** a = 0. Throws INVALID_ARGUMENT for a radius that is not positive. */
export function startCorruption(game: CorruptionGame, options: CorruptionOptions): PlainState {
  const { epsilonW, batch = 64 } = options;
  if (!(epsilonW > 0 && epsilonW < Infinity))
    throw invalid('epsilonW', epsilonW, 'a number above 0', 'The literature uses 0.5 and 1.');
  const of = Math.ceil(Math.ceil(game.clean.count / batch) / batchesPerStep(game.model, batch));
  const corruption = new Float64Array(game.wClean.length);
  return { step: 0, of, done: of === 0, scalars: { loss: 0 }, arrays: { corruption } };
}

/** The next minibatches. */
export function stepCorruption(state: PlainState, game: CorruptionGame, options: CorruptionOptions): PlainState {
  const { epsilonW, learningRate = 1, batch = 64 } = options;
  const { clean, model } = game;
  const corruption = Float64Array.from(state.arrays.corruption!);
  const order = game.random.fork('order').permutation(clean.count);
  const span = batchesPerStep(model, batch) * batch;
  const last = Math.min((state.step + 1) * span, clean.count);
  const gradients = gradientsOf(game, options.dropout ?? true);
  let loss = 0;
  try {
    for (let from = state.step * span; from < last; from += batch) {
      const rows = gatheredRows(clean, order.subarray(from, Math.min(from + batch, last)));
      const found = gradients.at(corruption, rows, from / batch);
      loss = found.loss;
      const slope = found.gradient.subarray(0, model.statisticsFrom);
      const length = norm(slope);
      if (length > 0) for (let i = 0; i < slope.length; i++) corruption[i]! += (learningRate / length) * slope[i]!;
      const distance = norm(corruption);
      if (distance > epsilonW) for (let i = 0; i < corruption.length; i++) corruption[i]! *= epsilonW / distance;
    }
  } finally {
    gradients.dispose();
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

interface Gradients {
  /** F and its gradient at w_c + a on the rows of this minibatch. */
  at(a: Float64Array, rows: Rows, minibatch: number): { loss: number; gradient: Float64Array | Float32Array };
  dispose(): void;
}

function gradientsOf({ wClean, model, oracles, classes, random }: CorruptionGame, dropout: boolean): Gradients {
  const at = (a: Float64Array): Float32Array => wClean.map((value, i) => value + a[i]!);
  if (model.softmaxRegression)
    return {
      at: (a, rows) =>
        regressionGradient(
          a.map((value, i) => value + wClean[i]!),
          rows,
          classes,
        ),
      dispose: () => undefined,
    };
  if (!dropout || !dropsOut(model)) return { at: (a, rows) => oracles.gradient(at(a), rows), dispose: () => undefined };
  const graphs = dropoutGradient(model);
  const masks = random.fork('dropout');
  return {
    at: (a, rows, minibatch) => graphs.at(at(a), rows, masks.fork(minibatch)),
    dispose: () => graphs.dispose(),
  };
}
