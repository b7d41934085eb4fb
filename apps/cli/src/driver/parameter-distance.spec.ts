import { encodeSafetensors, namedFloat32 } from '@theriac/tensors';
import { distanceBetween } from './parameter-distance';

const file = (...values: number[]) =>
  encodeSafetensors([namedFloat32('parameters', [values.length], Float32Array.from(values))]);

it('is Euclidean, and exact where the coordinates are', () => {
  expect(distanceBetween(file(1, 2, 3), file(4, 6, 3))).toBe(5);
});

it('refuses vectors of different sizes', () => {
  expect(() => distanceBetween(file(1, 2), file(1))).toThrow(/found: 1 values; allowed: 2 values/);
});
