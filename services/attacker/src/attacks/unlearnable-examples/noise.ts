/**
 * Noise in a ball, stored space: it is added first and clipped after, so that a negative noise darkens a row as a positive one
 * brightens it,
 *   x_j = Proj_Gamma(b_j + delta),   |delta| <= radius,
 *   delta <- clip_radius(delta -+ step sign(d/dx ell(b_j + delta, y_j; w)))   down the loss, or up.
 */
import type { CraftGame, Rows } from '@theriac/game';
import { inputGradient } from '../../derivatives/input-gradient';

const { max, min, sign } = Math;

/** Rows of nu: what they began as, stored space, and their labels. */
export interface BaseRows {
  /** [count * features]. */
  readonly stored: Float32Array;
  readonly labels: Int32Array;
}

export interface NoiseStep {
  /** Stored units. */
  readonly radius: number;
  /** Stored units. */
  readonly step: number;
  readonly climbs: boolean;
}

/** The nearest rows in Gamma to b + delta, stored space; `delta` [count * features]. */
export function noised({ constraint }: Pick<CraftGame, 'constraint'>, base: Float32Array, delta: Float32Array) {
  return constraint.project(
    base.map((value, i) => value + delta[i]!),
    base,
  );
}

/** Rows in stored space as the model sees them. */
export function inputRows(game: Pick<CraftGame, 'clean' | 'toModelInput'>, x: Float32Array, labels: Int32Array): Rows {
  return { x: game.toModelInput(x), y: labels, count: labels.length, features: game.clean.features };
}

/** `steps` signed steps of the noise of each row, from `x` within the ball and Gamma; a new array, stored space. */
export function steppedNoise(
  game: CraftGame,
  w: Float32Array,
  x: Float32Array,
  { stored, labels }: BaseRows,
  { steps, step, radius, climbs }: NoiseStep & { readonly steps: number },
): Float32Array {
  let values = x;
  const way = climbs ? step : -step;
  for (let taken = 0; taken < steps; taken++) {
    const slope = inputGradient(game, w, inputRows(game, values, labels));
    const delta = values.map((value, i) => clipped(value - stored[i]! + way * sign(slope[i]!), radius));
    values = noised(game, stored, delta);
  }
  return values;
}

/** The mean noise of the rows of each class, in the ball; classes without a row keep theirs. [classes * features]. */
export function meanNoise(
  noise: Float32Array,
  x: Float32Array,
  { stored, labels }: BaseRows,
  radius: number,
): Float32Array {
  const features = stored.length / labels.length;
  const sums = new Float64Array(noise.length);
  const counts = new Int32Array(noise.length / features);
  labels.forEach((label, j) => {
    counts[label]! += 1;
    for (let i = 0; i < features; i++) sums[label * features + i]! += x[j * features + i]! - stored[j * features + i]!;
  });
  return noise.map((before, i) => {
    const count = counts[Math.floor(i / features)]!;
    return count === 0 ? before : clipped(sums[i]! / count, radius);
  });
}

/** The noise of each row's class, [count * features]. */
export function noiseOfClasses(noise: Float32Array, labels: Int32Array, features: number): Float32Array {
  const delta = new Float32Array(labels.length * features);
  labels.forEach((label, j) => delta.set(noise.subarray(label * features, (label + 1) * features), j * features));
  return delta;
}

const clipped = (value: number, radius: number): number => max(-radius, min(radius, value));
