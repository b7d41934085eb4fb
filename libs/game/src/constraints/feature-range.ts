/** Gamma = { x : least_i <= x_i <= greatest_i }, the range of every feature among clean rows, stored space; projecting is clamping. */
import type { Constraint } from '../constraint';
import { outsideOf } from './bounds';

/** Every value within the range that its feature has among clean rows; least and greatest are [features], float32. */
export function featureRangeConstraint(least: Float32Array, greatest: Float32Array): Constraint {
  const { length } = least;
  const all = (values: Float32Array, size: number) => new Float32Array(size).map((_, i) => values[i % length]!);
  return {
    kind: 'feature-range',
    fixesLabels: false,
    limitsPixels: true,
    describe: () => 'every stored value within the range of its feature among clean rows',
    bounds: (base) => ({ lower: all(least, base.length), upper: all(greatest, base.length) }),
    project: (x) => x.map((value, i) => Math.min(Math.max(value, least[i % length]!), greatest[i % length]!)),
    violations: (poison) =>
      outsideOf(
        poison,
        'feature-range',
        (i) => least[i % length]!,
        (i) => greatest[i % length]!,
      ),
  };
}
