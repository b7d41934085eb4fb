/**
 * The row of a region that lies furthest along a direction, argmax over x in R of <v, x>, |v| = 1, by the proximal point method:
 *   x <- Proj_R(x + t v)
 * With D the region's diameter, <v, y - x'> <= |x' - x| D / t for every y in R: the gap that is checked.
 */
import type { NearestOptions, Region } from '@theriac/game';
import { distance, nearestIn } from '@theriac/game';
import { norm } from '@theriac/tensors';

export interface Extreme {
  readonly x: Float64Array;
  /** How far <v, x> may be below its largest value. */
  readonly gap: number;
}

/** Gap at which the row is taken, against the region's diameter. */
const tolerance = 1e-3;
const rounds = 50;
const projecting: NearestOptions = { tolerance: 1e-6, rounds: 5000 };

/** The furthest row along `direction` (any length > 0) of a region with a ball, from `start`; undefined where there is none. */
export function extremeIn(region: Region, direction: Float64Array, start: Float64Array): Extreme | undefined {
  const radius = Math.min(...region.balls.map((ball) => ball.radius));
  const found = nearestIn(region, start, projecting);
  if (found.kind === 'none') return undefined;
  let x = found.x;
  let gap = Infinity;
  const reach = radius;
  const step = reach / norm(direction);
  for (let round = 0; round < rounds && gap > tolerance * radius; round++) {
    const next = nearestIn(
      region,
      x.map((value, j) => value + step * direction[j]!),
      projecting,
    );
    if (next.kind === 'none') break;
    gap = (distance(next.x, x) * 2 * radius) / reach;
    x = next.x;
  }
  return { x, gap };
}
