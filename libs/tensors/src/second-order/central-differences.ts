/**
 * The products of a case against central differences of one order less, fourth-order accurate in the step h:
 *   f'(0) = (8 (f(h) - f(-h)) - (f(2h) - f(-2h))) / 12h + O(h^4)
 */
import { gradient, hessianVectorProduct, mixedProduct } from '../differential';
import { randomStream } from '../random';
import { tf } from '../tf';
import { normals, type Case } from './cases';

const step = 0.02;
const directions = 5;

export interface Errors {
  readonly gradient: number;
  readonly hessianVectorProduct: number;
  readonly mixedProduct: number;
}

export function relativeError(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  let [difference, size] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    difference += ((found[i] as number) - (expected[i] as number)) ** 2;
    size += (expected[i] as number) ** 2;
  }
  return Math.sqrt(difference / size);
}

function derivative(f: (t: number) => Float32Array): Float32Array {
  const [near, minusNear, far, minusFar] = [f(step), f(-step), f(2 * step), f(-2 * step)] as const;
  return near.map((value, i) => {
    const wide = (far[i] as number) - (minusFar[i] as number);
    return (8 * (value - (minusNear[i] as number)) - wide) / (12 * step);
  });
}

const dot = (a: Float32Array, b: Float32Array): number =>
  a.reduce((sum, value, i) => sum + value * (b[i] as number), 0);

/** The relative errors of a case's derivatives on the current backend; leaves no tensor behind. */
export function errorsOf({ name, x, parts, w, loss }: Case): Errors {
  const random = randomStream(21, name);
  return tf.tidy(() => {
    const data = tf.tensor(x.values, x.shape);
    const point = tf.tensor1d(w);
    const sizes = parts.map((shape) => shape.reduce((product, n) => product * n, 1));
    const flatLoss = (input: tf.Tensor, flat: tf.Tensor1D): tf.Scalar =>
      loss(input, ...tf.split(flat, sizes).map((part, i) => tf.reshape(part, parts[i] as number[])));
    const unit = (size: number) => normals(random, size, 1 / Math.sqrt(size));
    const moved = <T extends tf.Tensor>(from: T, by: Float32Array, t: number): T =>
      tf.add(from, tf.mul(tf.tensor(by, from.shape), t));
    const gradientAt = (input: tf.Tensor, flat: tf.Tensor1D): Float32Array =>
      tf.tidy(() => gradient((u) => flatLoss(input, u), flat).gradient.dataSync<'float32'>());

    const found = gradientAt(data, point);
    const us = Array.from({ length: directions }, () => unit(w.length));
    const slopes = us.map(
      (u) => derivative((t) => flatLoss(data, moved(point, u, t)).dataSync<'float32'>())[0] as number,
    );

    const v = unit(w.length);
    const hessian = hessianVectorProduct((u) => flatLoss(data, u), point, tf.tensor1d(v)).dataSync<'float32'>();
    const hessianExpected = derivative((t) => gradientAt(data, moved(point, v, t)));

    const mixed = mixedProduct(flatLoss, data, point, tf.tensor1d(v)).dataSync<'float32'>();
    const ds = Array.from({ length: directions }, () => unit(x.values.length));
    const mixedExpected = ds.map((d) =>
      dot(
        derivative((t) => gradientAt(moved(data, d, t), point)),
        v,
      ),
    );
    return {
      gradient: relativeError(
        us.map((u) => dot(found, u)),
        slopes,
      ),
      hessianVectorProduct: relativeError(hessian, hessianExpected),
      mixedProduct: relativeError(
        ds.map((d) => dot(mixed, d)),
        mixedExpected,
      ),
    };
  });
}
