/**
 * The best response of the poison to a model, row by row: K projected steps up the loss,
 *   x <- Proj_Gamma(x + rate * d/dx ell(x, y; w) / ||d/dx ell||).
 * Source: the inner problem of Steinhardt, Koh, Liang (NeurIPS 2017), solved by ascent for losses that are no linear program.
 */
import type { Rows } from '@theriac/game';
import { inputGradient } from './input-gradient';
import type { InputGame } from './input-gradient';
import { pixelStep } from './pixel-step';
import type { PixelGame } from './pixel-step';

/** x after `steps` steps from `rows.x`, model-input space, a new array; `base` are the base rows in stored space. */
export function ascended(
  game: InputGame & PixelGame,
  w: Float32Array,
  rows: Rows,
  { steps, rate, base }: { readonly steps: number; readonly rate: number; readonly base: Float32Array },
): Float32Array {
  let { x } = rows;
  for (let step = 0; step < steps; step++)
    x = pixelStep(game, x, inputGradient(game, w, { ...rows, x }), { kind: 'normalised', rate, base });
  return x;
}
