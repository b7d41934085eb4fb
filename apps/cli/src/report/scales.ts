/** Axes: from data to positions, and where to put the ticks. */

export type Scale = (value: number) => number;

/** The line through (d0, r0) and (d1, r1); a domain without extent maps to the middle. */
export function linearScale([d0, d1]: readonly [number, number], [r0, r1]: readonly [number, number]): Scale {
  if (d0 === d1) return () => (r0 + r1) / 2;
  return (value) => r0 + ((value - d0) / (d1 - d0)) * (r1 - r0);
}

/** The same over logarithms; the domain is positive. */
export function logScale([d0, d1]: readonly [number, number], range: readonly [number, number]): Scale {
  const inner = linearScale([Math.log10(d0), Math.log10(d1)], range);
  return (value) => inner(Math.log10(value));
}

/** Round numbers (1, 2 or 5 times a power of ten apart) within [low, high], about `count` of them. */
export function niceTicks(low: number, high: number, count = 5): number[] {
  if (!(high > low)) return [low];
  const rough = (high - low) / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= rough * 0.999) ?? 10) * power;
  const ticks: number[] = [];
  for (let index = Math.ceil(low / step - 1e-9); index * step <= high + step * 1e-9; index++)
    ticks.push(Number((index * step).toPrecision(12)));
  return ticks;
}

/** Powers of ten from below `low` to above `high`. */
export function decades(low: number, high: number): number[] {
  const first = Math.floor(Math.log10(low) + 1e-9);
  const last = Math.ceil(Math.log10(high) - 1e-9);
  return Array.from({ length: Math.max(1, last - first) + 1 }, (_, index) => Number(`1e${first + index}`));
}

/** "0.01", "2", "1e-6": as short as it can be told. */
export function tickText(value: number): string {
  if (value === 0) return '0';
  const size = Math.abs(value);
  return size >= 1e5 || size < 1e-3 ? value.toExponential(0).replace('e+', 'e') : String(Number(value.toPrecision(6)));
}
