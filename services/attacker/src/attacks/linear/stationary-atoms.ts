/**
 * The KKT attack's rows (Koh, Steinhardt, Liang, 2022), logistic: our reading. A defender ends at theta if chi's gradient vanishes there,
 *   R(x_0, x_1) = g(mu; theta) + (1 + eps_d) ridge theta - sum_c eps_c sigmoid(-m_c) s_c (x_c, 1) = 0,   m_c = s_c (<w, x_c> + b),
 * with one row of each class, weight eps_0 + eps_1 = eps_d. Given the margins m_c this is least squares over a convex set; margins move here
 * as well. Rows keep within their region and within m_c >= c_c, the loss that a share of clean rows keep at theta:
 *   minimise 1/2 ||R||^2 by x_c <- Proj(x_c - t dR/dx_c' R), one class after the other, t halved until ||R|| does not grow
 *   d/dx_c 1/2 ||R||^2 = -eps_c sigmoid(-m_c) s_c R_w + eps_c sigmoid(m_c) sigmoid(-m_c) <(x_c, 1), R> w
 */
import type { Region } from '@theriac/game';
import { intersection, logisticObjective, marginStrips, marginsOf, nearestIn, sigmoid } from '@theriac/game';
import { norm } from '@theriac/tensors';
import type { BinaryGame } from './binary-game';
import { signs } from './binary-game';

export interface StationaryAtoms {
  /** x_0 and x_1. */
  readonly x: readonly Float64Array[];
  /** ||R|| with no poison, and with these rows. */
  readonly before: number;
  readonly after: number;
}

/** The regions of both classes, cut by what loss a share of clean rows keep at theta. */
export function regionsBelowLoss({ rows, regions, settings }: BinaryGame, theta: Float64Array): Region[] {
  const y = Int8Array.from(rows.signs, (sign) => (sign === 1 ? 1 : 0));
  const strips = marginStrips(theta, marginsOf(theta, rows), y, settings.quantile);
  return regions.map((region, label) => intersection(region, { balls: [], strips: [strips[label]!] }));
}

/** R [features + 1]; `weights` are eps_0 and eps_1. */
export function residualOf(
  target: Float64Array,
  theta: Float64Array,
  x: readonly Float64Array[],
  weights: readonly number[],
): Float64Array {
  const r = Float64Array.from(target);
  x.forEach((row, label) => {
    const factor = weights[label]! * sigmoid(-marginAt(theta, row, label)) * signs[label]!;
    for (let j = 0; j < row.length; j++) r[j]! -= factor * row[j]!;
    r[row.length]! -= factor;
  });
  return r;
}

function marginAt(theta: Float64Array, row: Float64Array, label: number): number {
  return signs[label]! * row.reduce((sum, value, j) => sum + value * theta[j]!, theta[row.length]!);
}

/** d/dx_c 1/2 ||R||^2. */
export function residualSlope(
  r: Float64Array,
  theta: Float64Array,
  row: Float64Array,
  label: number,
  weight: number,
): Float64Array {
  const margin = marginAt(theta, row, label);
  const pull = -weight * sigmoid(-margin) * signs[label]!;
  const along = row.reduce((sum, value, j) => sum + value * r[j]!, r[row.length]!);
  const bend = weight * sigmoid(margin) * sigmoid(-margin) * along;
  return row.map((_, j) => pull * r[j]! + bend * theta[j]!);
}

/** Projections in the loop need not be exact; the poison is projected exactly in the end. */
const projecting = { tolerance: 1e-4, rounds: 2000 };
/** Moves shorter than this many times the slope are none. */
const leastRate = 1e-3;

/** g(mu; theta) + (1 + eps_d) ridge theta: what the poison has to cancel. */
export function targetGradient({ rows, settings, count }: BinaryGame, theta: Float64Array): Float64Array {
  const { gradient } = logisticObjective([rows], theta, 0);
  const scale = (1 + count / rows.count) * settings.ridge;
  return gradient.map((value, j) => value + scale * theta[j]!);
}

/** Rows that make theta as stationary as they can; undefined where a class has no row of so little loss. */
export function stationaryAtoms(
  { centres }: Pick<BinaryGame, 'centres'>,
  regions: readonly Region[],
  { theta, target }: { readonly theta: Float64Array; readonly target: Float64Array },
  weights: readonly number[],
  iterations: number,
): StationaryAtoms | undefined {
  const started = regions.map((region, label) => nearestIn(region, centres[label]!));
  const x = started.map((found) => (found.kind === 'found' ? found.x : undefined));
  if (!x.every((row) => row !== undefined)) return undefined;
  // The curvature along x_c is (eps_c sigmoid)^2 or more.
  const rates = weights.map((weight) => 1 / weight ** 2);
  let r = residualOf(target, theta, x, weights);
  for (let step = 0; step < iterations; step++)
    for (const label of [0, 1]) {
      if (weights[label] === 0) continue;
      const slope = residualSlope(r, theta, x[label]!, label, weights[label]!);
      const moved = lessened(x[label]!, slope, rates[label]!, (row) => {
        const found = nearestIn(regions[label]!, row, projecting);
        if (found.kind === 'none') return undefined;
        const next = residualOf(target, theta, x.with(label, found.x), weights);
        return norm(next) < norm(r) ? { x: found.x, r: next } : undefined;
      });
      rates[label] = Math.max(leastRate, moved.rate);
      if (moved.found === undefined) continue;
      x[label] = moved.found.x;
      r = moved.found.r;
    }
  return { x, before: norm(target), after: norm(r) };
}

/** The first step along -slope, halved while it fails, that `tried` takes; and the rate to go on with. */
function lessened<T>(
  x: Float64Array,
  slope: Float64Array,
  rate: number,
  tried: (row: Float64Array) => T | undefined,
): { readonly found: T | undefined; readonly rate: number } {
  for (let t = rate; t >= leastRate; t /= 2) {
    const found = tried(x.map((value, j) => value - t * slope[j]!));
    if (found !== undefined) return { found, rate: 1.5 * t };
  }
  return { found: undefined, rate: leastRate };
}
