/**
 * The nearest row of a region, argmin over x in R of 1/2 ||x - x0||^2, by Dykstra's alternating projections (Boyle and Dykstra, 1986):
 *   z = x + p_k,   x <- Proj_k(z),   p_k <- z - x,   for every part k in turn
 * The p_k are dual variables. With s = sum_k p_k and sigma_k the support function of part k,
 *   D(p) = <s, x0> - 1/2 ||s||^2 - sum_k sigma_k(p_k)  <=  1/2 ||x - x0||^2   for every x in R,
 * so that D checks the answer (the duality gap), and D above all that R could hold proves that R is empty.
 */
import type { Ball, Region, Strip } from './region';
import { along, distance, excesses, shrunk } from './region';

/** The nearest row, and how far 1/2 ||x - x0||^2 may be above its least value. */
export interface Nearest {
  readonly kind: 'found';
  readonly x: Float64Array;
  /** Duality gap. */
  readonly gap: number;
  readonly rounds: number;
}

/** No row: proven by the dual, or none found within the rounds. */
export interface NoneNear {
  readonly kind: 'none';
  readonly proven: boolean;
  readonly rounds: number;
}

export interface NearestOptions {
  /** Largest duality gap against 1/2 ||x - x0||^2; default 1e-6. */
  readonly tolerance?: number;
  /** Rounds over all parts; default 20,000. */
  readonly rounds?: number;
  /** Parts are shrunk by so much, so that the answer keeps within R when it is rounded; default 1e-6. */
  readonly margin?: number;
}

/** Rounds between two looks at the gap. */
const patience = 4;

/** The row of `region` nearest to x0; x0 itself (a copy) where it lies within. */
export function nearestIn(region: Region, x0: ArrayLike<number>, options: NearestOptions = {}): Nearest | NoneNear {
  const { tolerance = 1e-6, rounds = 20_000, margin = 1e-6 } = options;
  const start = Float64Array.from(x0);
  if (excesses(region, start).length === 0) return { kind: 'found', x: start, gap: 0, rounds: 0 };
  const { box } = region;
  if (box?.lower.some((lower, i) => lower > box.upper[i]!)) return { kind: 'none', proven: true, rounds: 0 };
  const inner = shrunk(region, margin);
  const iterate = dykstra(inner, start);
  const most = farthest(inner, start) ** 2 / 2;
  for (let round = 1; round <= rounds; round++) {
    iterate.turn();
    if (round % patience !== 0 && round > patience) continue;
    const primal = distance(iterate.x, start) ** 2 / 2;
    const gap = iterate.supports() - along(iterate.sum(), iterate.x);
    if (primal - gap > most * (1 + 1e-9)) return { kind: 'none', proven: true, rounds: round };
    if (Math.abs(gap) > tolerance * primal || excesses(region, iterate.x).length > 0) continue;
    return { kind: 'found', x: iterate.x, gap, rounds: round };
  }
  return { kind: 'none', proven: false, rounds };
}

/** No row of the region is farther from x0 than this; infinite where neither a ball nor a box says so. */
function farthest({ balls, box }: Region, x0: Float64Array): number {
  let most = Infinity;
  for (const { centre, radius } of balls) most = Math.min(most, distance(centre, x0) + radius);
  if (box === undefined) return most;
  const corner = x0.map((value, i) => Math.max(Math.abs(value - box.lower[i]!), Math.abs(value - box.upper[i]!)));
  return Math.min(most, Math.sqrt(corner.reduce((sum, value) => sum + value * value, 0)));
}

interface Iterate {
  readonly x: Float64Array;
  /** One projection on every part. */
  turn(): void;
  /** s = sum_k p_k. */
  sum(): Float64Array;
  /** sum_k sigma_k(p_k). */
  supports(): number;
}

/** One part: project x in place and keep p; add p to a sum; sigma(p). */
interface Part {
  project(x: Float64Array): void;
  add(to: Float64Array): void;
  support(): number;
}

function dykstra(region: Region, x0: Float64Array): Iterate {
  const x = Float64Array.from(x0);
  const parts = [...region.balls.map((ball) => ballPart(ball)), ...region.strips.map((strip) => stripPart(strip))];
  // The box comes last: its bounds then hold exactly.
  if (region.box !== undefined) parts.push(boxPart(region.box.lower, region.box.upper));
  return {
    x,
    turn: () => parts.forEach((part) => part.project(x)),
    sum() {
      const s = new Float64Array(x.length);
      parts.forEach((part) => part.add(s));
      return s;
    },
    supports: () => parts.reduce((total, part) => total + part.support(), 0),
  };
}

function ballPart({ centre, radius }: Ball): Part {
  const p = new Float64Array(centre.length);
  return {
    project(x) {
      let squares = 0;
      for (let i = 0; i < x.length; i++) {
        p[i]! += x[i]!;
        squares += (p[i]! - centre[i]!) ** 2;
      }
      const share = squares <= radius * radius ? 1 : radius / Math.sqrt(squares);
      for (let i = 0; i < x.length; i++) {
        const z = p[i]!;
        x[i] = share === 1 ? z : centre[i]! + share * (z - centre[i]!);
        p[i] = z - x[i]!;
      }
    },
    add: (to) => p.forEach((value, i) => (to[i]! += value)),
    support: () => along(p, centre) + radius * Math.sqrt(along(p, p)),
  };
}

function stripPart({ normal, low, high }: Strip): Part {
  let t = 0;
  return {
    project(x) {
      const place = along(normal, x) + t;
      const next = place > high ? place - high : place < low ? place - low : 0;
      for (let i = 0; i < x.length; i++) x[i]! += (t - next) * normal[i]!;
      t = next;
    },
    add: (to) => normal.forEach((value, i) => (to[i]! += t * value)),
    support: () => (t === 0 ? 0 : t * (t > 0 ? high : low)),
  };
}

function boxPart(lower: Float64Array, upper: Float64Array): Part {
  const p = new Float64Array(lower.length);
  return {
    project(x) {
      for (let i = 0; i < x.length; i++) {
        const z = x[i]! + p[i]!;
        x[i] = Math.min(Math.max(z, lower[i]!), upper[i]!);
        p[i] = z - x[i]!;
      }
    },
    add: (to) => p.forEach((value, i) => (to[i]! += value)),
    support: () =>
      p.reduce((total, value, i) => total + (value === 0 ? 0 : value * (value > 0 ? upper[i]! : lower[i]!)), 0),
  };
}
