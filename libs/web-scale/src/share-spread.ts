/** Mean and deviation of shares as small as 1e-7: rounded to significant figures, where `spread` rounds to decimals. */
import type { Spread } from '@theriac/game';

const figures = 6;

/** Mean and sample deviation (null of fewer than two values). All finite. */
export function shareSpread(values: readonly number[]): Spread {
  const count = values.length;
  const mean = count === 0 ? null : values.reduce((sum, value) => sum + value, 0) / count;
  const squares = mean === null ? 0 : values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return {
    values: values.map(significant),
    mean: mean === null ? null : significant(mean),
    sd: mean === null || count < 2 ? null : deviation(mean, squares / (count - 1)),
  };
}

const significant = (value: number): number => Number(value.toPrecision(figures));

/** What is left of equal values is rounding. */
function deviation(mean: number, variance: number): number {
  const sd = Math.sqrt(variance);
  return sd <= 1e-12 * Math.abs(mean) ? 0 : significant(sd);
}
