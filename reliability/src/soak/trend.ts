/**
 * Whether a measured series grows: least squares y = a + b t over medians of consecutive blocks, which are all that is left of
 * garbage collection's saw teeth. The interval of b has 95%, its freedom reduced by the blocks' autocorrelation r:
 *   n_e = n (1 - r) / (1 + r),   b +- t(n_e - 2) sqrt(sum residual^2 / (n_e - 2) / sum (t - mean t)^2)
 */
import { invalid } from '@theriac/tensors';

export interface Point {
  /** Any unit; the slope is per this unit. */
  readonly t: number;
  readonly y: number;
}

export interface Trend {
  readonly slope: number;
  /** Ends of the 95% interval of the slope. */
  readonly low: number;
  readonly high: number;
}

const mostBlocks = 24;
const fewestBlocks = 6;

/** The trend of points in the order of t. Throws INVALID_ARGUMENT below six points. */
export function trendOf(points: readonly Point[]): Trend {
  if (points.length < fewestBlocks)
    throw invalid('samples', points.length, `at least ${fewestBlocks}`, 'Measure longer.');
  const blocks = blockMedians(points, Math.min(mostBlocks, points.length));
  const [meanT, meanY] = [mean(blocks.map(({ t }) => t)), mean(blocks.map(({ y }) => y))];
  const spreadT = sum(blocks.map(({ t }) => (t - meanT) ** 2));
  const slope = sum(blocks.map(({ t, y }) => (t - meanT) * (y - meanY))) / spreadT;
  const residuals = blocks.map(({ t, y }) => y - meanY - slope * (t - meanT));
  const squares = sum(residuals.map((value) => value ** 2));
  const free = Math.max(2, effectiveCount(residuals, squares) - 2);
  const deviation = Math.sqrt(squares / free / spreadT);
  const half = studentQuantile(free) * deviation;
  return { slope, low: slope - half, high: slope + half };
}

function blockMedians(points: readonly Point[], count: number): Point[] {
  return Array.from({ length: count }, (_, k) => {
    const part = points.slice(Math.floor((k * points.length) / count), Math.floor(((k + 1) * points.length) / count));
    return { t: median(part.map(({ t }) => t)), y: median(part.map(({ y }) => y)) };
  });
}

/** How many independent values the residuals are worth; never more than there are. */
function effectiveCount(residuals: readonly number[], squares: number): number {
  if (squares === 0) return residuals.length;
  const r = sum(residuals.slice(1).map((value, k) => value * (residuals[k] ?? 0))) / squares;
  const kept = Math.min(Math.max(r, 0), 0.9);
  return (residuals.length * (1 - kept)) / (1 + kept);
}

/** The 97.5% quantile of Student's distribution: Cornish and Fisher's expansion, 1% right from 3 degrees of freedom on. */
function studentQuantile(free: number): number {
  const z = 1.959964;
  return (
    z +
    (z ** 3 + z) / (4 * free) +
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * free ** 2) +
    (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / (384 * free ** 3)
  );
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const mean = (values: readonly number[]): number => sum(values) / values.length;
