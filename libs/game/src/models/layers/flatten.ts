import type { LayerOf } from './layer';
import { plainLayer, sizeOf } from './layer';

/** All values of a row one after the other. */
export const flatten: LayerOf = (input) => ({
  ...plainLayer([sizeOf(input)], (x) => x.reshape([x.shape[0], sizeOf(input)])),
  activations: 0,
});
