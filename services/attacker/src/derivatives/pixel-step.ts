/**
 * One step on poison rows x, model-input space, within Gamma around their base rows:
 *   x_j <- Proj_Gamma(x_j + rate * d_j / ||d_j||)   'normalised': every row moves by `rate`, whatever its gradient's size
 *   x_j <- Proj_Gamma(x_j + rate * sign(d_j))       'sign'
 * Rows whose d_j vanishes stay.
 */
import type { CraftGame, Poison } from '@theriac/game';

const { sign, sqrt } = Math;

export type StepKind = 'normalised' | 'sign';

/** What a step needs of a game. */
export type PixelGame = Pick<CraftGame, 'constraint' | 'toStored' | 'toModelInput' | 'clean'>;

/** x [rows * features] moved along `direction`, a new array; `base` are the base rows in stored space. */
export function pixelStep(
  game: PixelGame,
  x: Float32Array,
  direction: ArrayLike<number>,
  { kind, rate, base }: { readonly kind: StepKind; readonly rate: number; readonly base: Float32Array },
): Float32Array {
  const { features } = game.clean;
  const moved = Float32Array.from(x);
  for (let from = 0; from < x.length; from += features) {
    const to = from + features;
    let squares = 0;
    for (let i = from; i < to; i++) squares += direction[i]! * direction[i]!;
    if (squares === 0) continue;
    const factor = rate / sqrt(squares);
    for (let i = from; i < to; i++) moved[i]! += kind === 'sign' ? rate * sign(direction[i]!) : factor * direction[i]!;
  }
  return withinGamma(game, moved, base);
}

/** The nearest rows in Gamma, model-input space; `base` are the base rows in stored space. */
export function withinGamma(
  { constraint, toStored, toModelInput }: PixelGame,
  x: Float32Array,
  base: Float32Array,
): Float32Array {
  if (!constraint.limitsPixels) return x;
  return toModelInput(constraint.project(toStored(x), base));
}

/** Poison with values x, model-input space, over these base rows: its stored values, in Gamma exactly. */
export function poisonOf(
  game: PixelGame,
  x: Float32Array,
  y: Int32Array,
  { indices, stored }: { readonly indices: Int32Array; readonly stored: Float32Array },
): Poison {
  return {
    x: game.constraint.project(game.toStored(x), stored, y),
    y,
    baseIndices: indices,
    count: indices.length,
    features: game.clean.features,
  };
}
