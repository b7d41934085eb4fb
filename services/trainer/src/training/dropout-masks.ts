/**
 * Dropout (Srivastava et al., JMLR 2014): an activation is kept with probability 1 - rate. Each keep-mask is made of random
 * bytes, kept where the byte is at least 256 rate, so that rates in 1/256 (0.25, 0.5) are exact.
 */
import type { DropoutLayer } from '@theriac/game';
import { randomStream } from '@theriac/tensors';

/** The keep-masks of one step, 0 or 1, [rows * width] each, one per layer: the same for the same arguments. */
export function keepMasks(layers: readonly DropoutLayer[], rows: number, seed: number, step: number): Uint8Array[] {
  return layers.map(({ rate, width }, layer) => {
    const mask = new Uint8Array(rows * width);
    randomStream(seed, 'dropout', layer, step).fillBytes(mask);
    const least = Math.round(256 * rate);
    for (let k = 0; k < mask.length; k++) mask[k] = (mask[k] as number) >= least ? 1 : 0;
    return mask;
  });
}
