/** Gamma = { x : |x_i - base_i| <= radius } in stored space; projecting is clamping to base_i -+ radius. */
import { invalid } from '@theriac/tensors';
import type { Constraint } from '../constraint';
import { float32AtLeast, float32AtMost, outsideOf } from './bounds';

/** Every stored value within `radius` (> 0, stored units) of its base row's; the ends are rounded inwards to float32. */
export function linfBallConstraint(radius: number): Constraint {
  if (!Number.isFinite(radius) || radius <= 0)
    throw invalid('l_inf radius', radius, 'a number above 0 (stored units)', 'For images, 8/255 is customary.');
  const lower = (base: Float32Array, i: number) => float32AtLeast(base[i]! - radius);
  const upper = (base: Float32Array, i: number) => float32AtMost(base[i]! + radius);
  return {
    kind: 'linf-ball',
    fixesLabels: false,
    limitsPixels: true,
    describe: () => `every stored value within ${radius} of its base row's`,
    bounds: (base) => ({ lower: base.map((_, i) => lower(base, i)), upper: base.map((_, i) => upper(base, i)) }),
    project: (x, base) => x.map((value, i) => Math.min(Math.max(value, lower(base, i)), upper(base, i))),
    violations: (poison, base) =>
      outsideOf(
        poison,
        'linf-ball',
        (i) => lower(base.x, i),
        (i) => upper(base.x, i),
      ),
  };
}
