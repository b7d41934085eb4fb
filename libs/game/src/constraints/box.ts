/** Gamma = { x : lo <= x_i <= hi } in stored space. project(x) = argmin over x' in Gamma of ||x' - x|| = clamp(x, lo, hi). */
import { invalid } from '@theriac/tensors';
import type { Constraint } from '../constraint';
import { float32AtLeast, float32AtMost, outsideOf } from './bounds';

/** Every stored value within `range`, ends included; for images [0, 1]. */
export function boxConstraint(range: readonly [number, number]): Constraint {
  if (!(range[0] < range[1])) throw invalid('box', `[${range.join(', ')}]`, 'a lower end below the upper end');
  const lower = float32AtLeast(range[0]);
  const upper = float32AtMost(range[1]);
  return {
    kind: 'box',
    fixesLabels: false,
    limitsPixels: true,
    describe: () => `every stored value within [${range[0]}, ${range[1]}]`,
    bounds: ({ length }) => ({
      lower: new Float32Array(length).fill(lower),
      upper: new Float32Array(length).fill(upper),
    }),
    project: (x) => x.map((value) => Math.min(Math.max(value, lower), upper)),
    violations: (poison) =>
      outsideOf(
        poison,
        'box',
        () => lower,
        () => upper,
      ),
  };
}
