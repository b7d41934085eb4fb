/** How far numbers are from what they should be. */
import { dot } from '@theriac/tensors';
import { demand } from './check';

type Vector = Float32Array | Float64Array;

/** Answers are computed in 32-bit floats, and perhaps on a device that rounds more. */
export const exact = 1e-3;
/** Central differences of such answers. */
export const differenced = 5e-3;

/** ||a - b|| / ||b||; 0 where both vanish. */
export function relativeError(a: Vector, b: Vector): number {
  const difference = Float64Array.from(a, (value, i) => value - b[i]!);
  const distance = Math.sqrt(dot(difference, difference));
  return distance === 0 ? 0 : distance / Math.sqrt(dot(b, b));
}

/** The relative error of a vector. Throws Broken above `tolerance`. */
export function near(what: string, found: Vector, expected: Vector, tolerance = exact): number {
  demand(found.length === expected.length, `${what} has ${found.length} values, not ${expected.length}`);
  const error = relativeError(found, expected);
  demand(error <= tolerance, `${what} differs by ${error.toExponential(1)}, more than ${tolerance}`);
  return error;
}

/** |found - expected| / scale, with the scale of the expected number unless it is given. Throws Broken above `tolerance`. */
export function nearNumber(
  what: string,
  found: number,
  expected: number,
  tolerance = exact,
  scale = Math.abs(expected),
): number {
  const distance = Math.abs(found - expected);
  const error = distance === 0 ? 0 : distance / scale;
  demand(error <= tolerance, `${what} is ${found}, not ${expected}`);
  return error;
}

/** "largest error 1.2e-6". */
export const worst = (...errors: number[]): string => `largest error ${Math.max(...errors).toExponential(1)}`;
