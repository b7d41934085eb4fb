import type { Violation } from '../constraint';
import type { Poison } from '../poison';

const bits = new DataView(new ArrayBuffer(4));

/** The float32 next to `value` (a float32) in the given direction. */
function nextFloat32(value: number, direction: 1 | -1): number {
  if (value === 0) return direction * 2 ** -149;
  bits.setFloat32(0, value);
  bits.setInt32(0, bits.getInt32(0) + (value > 0 ? direction : -direction));
  return bits.getFloat32(0);
}

/** The greatest float32 <= value. */
export function float32AtMost(value: number): number {
  const rounded = Math.fround(value);
  return rounded > value ? nextFloat32(rounded, -1) : rounded;
}

/** The least float32 >= value. */
export function float32AtLeast(value: number): number {
  const rounded = Math.fround(value);
  return rounded < value ? nextFloat32(rounded, 1) : rounded;
}

/** Counts the values outside [lower(i), upper(i)]; NaN is outside of everything. */
export function outsideOf(
  poison: Poison,
  kind: string,
  lower: (index: number) => number,
  upper: (index: number) => number,
): Violation[] {
  let rows = 0;
  let entries = 0;
  let worst = 0;
  for (let j = 0; j < poison.count; j++) {
    let inRow = 0;
    for (let i = j * poison.features; i < (j + 1) * poison.features; i++) {
      const value = poison.x[i]!;
      if (value >= lower(i) && value <= upper(i)) continue;
      inRow++;
      const excess = Math.max(lower(i) - value, value - upper(i));
      worst = Number.isNaN(excess) ? Infinity : Math.max(worst, excess);
    }
    entries += inRow;
    if (inRow > 0) rows++;
  }
  if (entries === 0) return [];
  const message = `${entries} values in ${rows} rows lie outside the ${kind}, the worst by ${worst.toPrecision(3)}`;
  return [{ kind, rows, entries, worst, message }];
}
