/**
 * A convex set of rows, in the units of the model's input: what a constraint allows to a row of one class.
 *   R = { x : lower <= x <= upper,   ||x - centre|| <= radius for each ball,   low <= <normal, x> <= high for each strip }
 */

/** low <= <normal, x> <= high; an end may be infinite, then it is a half-space. */
export interface Strip {
  readonly name: string;
  /** Of length 1. */
  readonly normal: Float64Array;
  readonly low: number;
  readonly high: number;
}

/** ||x - centre|| <= radius. */
export interface Ball {
  readonly name: string;
  readonly centre: Float64Array;
  readonly radius: number;
}

/** lower <= x <= upper, entry by entry; entries may be infinite. */
export interface Box {
  readonly lower: Float64Array;
  readonly upper: Float64Array;
}

/** The intersection of all of these. */
export interface Region {
  readonly balls: readonly Ball[];
  readonly strips: readonly Strip[];
  readonly box?: Box;
}

/** A part of a region that a row lies outside of, and by how much (distance to the part). */
export interface Excess {
  readonly name: string;
  readonly by: number;
}

/** Everything. */
export const everywhere: Region = { balls: [], strips: [] };

/** The strip low <= <direction, x> <= high of a direction of any length > 0. */
export function stripAlong(
  name: string,
  direction: ArrayLike<number>,
  { low = -Infinity, high = Infinity }: { readonly low?: number; readonly high?: number },
): Strip {
  const length = Math.sqrt(Array.from(direction).reduce((sum, value) => sum + value * value, 0));
  return {
    name,
    normal: Float64Array.from(direction, (value) => value / length),
    low: low / length,
    high: high / length,
  };
}

/** The intersection of two regions. */
export function intersection(a: Region, b: Region): Region {
  const box = a.box === undefined || b.box === undefined ? (a.box ?? b.box) : commonBox(a.box, b.box);
  return { balls: [...a.balls, ...b.balls], strips: [...a.strips, ...b.strips], ...(box === undefined ? {} : { box }) };
}

function commonBox(a: Box, b: Box): Box {
  return {
    lower: a.lower.map((value, i) => Math.max(value, b.lower[i]!)),
    upper: a.upper.map((value, i) => Math.min(value, b.upper[i]!)),
  };
}

/** The parts that x is outside of, in float64, without tolerance; NaN is outside of everything. */
export function excesses(region: Region, x: ArrayLike<number>): Excess[] {
  const found: Excess[] = [];
  const note = (name: string, by: number): void => {
    if (!(by <= 0)) found.push({ name, by: Number.isNaN(by) ? Infinity : by });
  };
  for (const { name, centre, radius } of region.balls) note(name, distance(centre, x) - radius);
  for (const { name, normal, low, high } of region.strips) {
    const place = along(normal, x);
    note(name, Math.max(low - place, place - high));
  }
  const { box } = region;
  if (box !== undefined) {
    let worst = -Infinity;
    for (let i = 0; i < box.lower.length; i++) {
      const by = Math.max(box.lower[i]! - x[i]!, x[i]! - box.upper[i]!);
      if (!(by <= worst)) worst = by;
    }
    note('box', worst);
  }
  return found;
}

/** The region a little smaller: its balls by `margin` of their radius, its strips by `margin` at each finite end. */
export function shrunk(region: Region, margin: number): Region {
  const balls = region.balls.map((ball) => ({ ...ball, radius: ball.radius * (1 - margin) }));
  const strips = region.strips.map((strip) => {
    const by = Math.min(margin, (strip.high - strip.low) / 4);
    return { ...strip, low: strip.low + by, high: strip.high - by };
  });
  return { ...region, balls, strips };
}

/** ||a - x||. */
export function distance(a: Float64Array, x: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i]! - x[i]!) ** 2;
  return Math.sqrt(sum);
}

/** <normal, x>. */
export function along(normal: Float64Array, x: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < normal.length; i++) sum += normal[i]! * x[i]!;
  return sum;
}
