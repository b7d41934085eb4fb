import { ops } from '@theriac/tensors/engine';
import type { LayerOf } from './layer';
import { plainLayer } from './layer';

/** max(x, 0). */
export const relu: LayerOf = (input) => plainLayer(input, (x) => ops.relu(x));
