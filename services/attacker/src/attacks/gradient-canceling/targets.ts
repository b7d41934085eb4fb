/**
 * Target parameters w for Gradient Canceling.
 *   gradpc    the corrupted parameters themselves (Sun et al. 2021): strong, and at small eps_d far beyond reach
 *   scaled    their last layer, weight and bias, times s: the same predictions
 *   reversed  minus s times the clean last layer's weight, centred over classes: every preference turned round
 * The sign of a preference does not depend on s > 0 but tau does; s is the largest with tau(s) <= tauBudget * eps_d.
 * A reversed target gets the balanced bias (class-bias.ts): g(mu; w) then has no bias component, and poison can cancel all of
 * it. What that bias costs: at small s it outvotes the weight, and the target answers the most frequent class.
 */
import type { CraftGame, OptionValues } from '@theriac/game';
import { largestScale, numberOption, regressionLogits, textOption, transitionThreshold } from '@theriac/game';
import { viewOf } from '@theriac/tensors';
import { balancedBias } from './class-bias';

/** A target, with what clean data say about it. */
export interface Target {
  readonly w: Float32Array;
  /** s, 1 where nothing is scaled. */
  readonly scale: number;
  readonly tau: number;
  /** <w, g(mu; w)> of the last layer = CE - H, nats. */
  readonly innerProduct: number;
  /** Accuracy of the target on the clean training rows, percent. */
  readonly accuracy: number;
  /** Logits of the clean rows at w [count * classes]. */
  readonly logits: Float64Array;
}

/** gradpc, scaled or reversed. */
export function targetKind({ model }: Pick<CraftGame, 'model'>, options: OptionValues): string {
  const wanted = textOption(options, 'target');
  if (wanted !== 'auto') return wanted;
  return model.softmaxRegression ? 'gradpc' : 'reversed';
}

/** Whether the target starts from corrupted parameters. */
export function needsCorruption(game: Pick<CraftGame, 'model'>, options: OptionValues): boolean {
  return targetKind(game, options) !== 'reversed';
}

/** epsilonW of GradPC: the option, or the literature's 1 for softmax regression and 0.5 for networks. */
export function corruptionRadius(game: Pick<CraftGame, 'model'>, options: OptionValues): number {
  const given = numberOption(options, 'epsilonW');
  if (given > 0) return given;
  return game.model.softmaxRegression ? 1 : 0.5;
}

/** The target from `base`, corrupted parameters for gradpc and scaled, w_c for reversed; tau <= tauShare * eps_d where it is scaled. */
export function chooseTarget(game: CraftGame, options: OptionValues, base: Float32Array, tauShare: number): Target {
  const kind = targetKind(game, options);
  if (kind === 'gradpc') return measured(game, Float32Array.from(base), 1);
  const { classes, clean } = game;
  const shape = kind === 'reversed' ? reversedLastLayer(game, base) : base;
  const wanted = textOption(options, 'bias');
  const balanced = wanted === 'balanced' || (wanted === 'auto' && kind === 'reversed');
  const z = unbiasedLogits(game, shape);
  const bias = viewOf(shape, game.model.layout, game.model.lastLayer.bias);
  let start: Float64Array | undefined;
  const biasAt = (scale: number): Float64Array => {
    if (!balanced) return Float64Array.from(bias, (value) => scale * value);
    start = balancedBias(z, clean.y, classes, start === undefined ? { scale } : { scale, start });
    return start;
  };
  const tauAt = (scale: number): number => {
    const b = biasAt(scale);
    const logits = z.map((value, i) => scale * value + b[i % classes]!);
    return transitionThreshold(logits, clean.y, classes).tau;
  };
  const given = numberOption(options, 'scale');
  const budget = tauShare * game.epsilonD;
  const scale = given > 0 ? given : largestScale(tauAt, budget).scale;
  const w = Float32Array.from(shape);
  const weight = viewOf(w, game.model.layout, game.model.lastLayer.weight);
  for (let i = 0; i < weight.length; i++) weight[i]! *= scale;
  viewOf(w, game.model.layout, game.model.lastLayer.bias).set(biasAt(scale));
  return measured(game, w, scale);
}

/** w with the last layer's weight and bias centred over classes (which no prediction notices) and negated. */
function reversedLastLayer({ model, classes }: CraftGame, w: Float32Array): Float32Array {
  const reversed = Float32Array.from(w);
  for (const name of [model.lastLayer.weight, model.lastLayer.bias]) {
    const view = viewOf(reversed, model.layout, name);
    for (let at = 0; at < view.length; at += classes) {
      const row = view.subarray(at, at + classes);
      const mean = row.reduce((sum, value) => sum + value, 0) / classes;
      row.forEach((value, k) => (row[k] = mean - value));
    }
  }
  return reversed;
}

function cleanLogits({ model, clean, classes, oracles }: CraftGame, w: Float32Array): Float64Array {
  return model.softmaxRegression ? regressionLogits(w, clean, classes) : Float64Array.from(oracles.logits(w, clean));
}

function unbiasedLogits(game: CraftGame, w: Float32Array): Float64Array {
  const bias = viewOf(w, game.model.layout, game.model.lastLayer.bias);
  return cleanLogits(game, w).map((value, i) => value - bias[i % game.classes]!);
}

function measured(game: CraftGame, w: Float32Array, scale: number): Target {
  const { clean, classes } = game;
  const logits = cleanLogits(game, w);
  const { tau, innerProduct } = transitionThreshold(logits, clean.y, classes);
  let right = 0;
  for (let i = 0; i < clean.count; i++) {
    let top = 0;
    for (let k = 1; k < classes; k++) if (logits[i * classes + k]! > logits[i * classes + top]!) top = k;
    if (top === clean.y[i]) right++;
  }
  return { w, scale, tau, innerProduct, accuracy: (100 * right) / clean.count, logits };
}
