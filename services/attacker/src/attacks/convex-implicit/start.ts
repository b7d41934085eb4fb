/**
 * Where the attack begins: clean rows with wrong labels, drawn in extreme contrast on the pixels that vary most. A pixel that hardly
 * varies in clean data is one by which a defender tells poison apart and fits it at no cost to anything else, so poison
 * stays away from those: there it holds the median of clean data.
 */
import type { CraftGame } from '@theriac/game';
import { gatheredRows } from '@theriac/game';
import { chosenRows, storedRows, wrongLabels } from '../../starts/base-rows';

/** Clean rows looked at for the pixels' ranges and variances. */
const rowsLookedAt = 2000;

export interface ConvexImplicitStart {
  /** Clean rows of the defender that the attack reckons with, in random order. */
  readonly sample: Int32Array;
  /** The clean row that each poison row begins as. */
  readonly baseIndices: Int32Array;
  readonly labels: Int32Array;
  /** Pixels that poison uses. */
  readonly free: Int32Array;
  /** Stored values, within Gamma. */
  readonly stored: Float32Array;
  /** Width of the range of stored values. */
  readonly range: number;
}

/** The start of the attack on this game. */
export function convexImplicitStart(
  game: CraftGame,
  { rows, pixels }: { readonly rows: number; readonly pixels: number },
): ConvexImplicitStart {
  const { clean, constraint } = game;
  const sample = game.random.fork('sample').permutation(clean.count).slice(0, rows);
  const baseIndices = chosenRows(game, 'uniform');
  const labels = constraint.fixesLabels
    ? gatheredRows(clean, baseIndices).y
    : wrongLabels(game, baseIndices, 'least-likely');
  const seen = storedRows(game, sample.subarray(0, rowsLookedAt));
  const { low, high, medians, free } = pixelsOf(seen, clean.features, pixels);
  const base = storedRows(game, baseIndices);
  const stored = new Float32Array(base.length);
  for (let from = 0; from < stored.length; from += clean.features) {
    stored.set(medians, from);
    for (const i of free) stored[from + i] = base[from + i]! > (low + high) / 2 ? high : low;
  }
  return {
    sample: Int32Array.from(sample),
    baseIndices,
    labels: Int32Array.from(labels),
    free,
    stored: constraint.limitsPixels ? constraint.project(stored, base) : stored,
    range: high - low,
  };
}

/** The ends of all stored values, each pixel's median, and the `count` pixels of greatest variance in ascending order. */
export function pixelsOf(
  stored: Float32Array,
  features: number,
  count: number,
): { readonly low: number; readonly high: number; readonly medians: Float32Array; readonly free: Int32Array } {
  const rows = stored.length / features;
  const medians = new Float32Array(features);
  const variances = new Float64Array(features);
  let [low, high] = [Infinity, -Infinity];
  for (let i = 0; i < features; i++) {
    const column = Float64Array.from({ length: rows }, (_, j) => stored[j * features + i]!).sort();
    const mean = column.reduce((sum, value) => sum + value, 0) / rows;
    variances[i] = column.reduce((sum, value) => sum + (value - mean) ** 2, 0) / rows;
    medians[i] = column[Math.floor(rows / 2)]!;
    [low, high] = [Math.min(low, column[0]!), Math.max(high, column[rows - 1]!)];
  }
  const order = Int32Array.from({ length: features }, (_, i) => i).sort(
    (a, b) => variances[b]! - variances[a]! || a - b,
  );
  return { low, high, medians, free: order.slice(0, count).sort() };
}
