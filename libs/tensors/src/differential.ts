/**
 * First and second derivatives of a loss F over one flat parameter vector w, eagerly; `compile` makes graphs of them.
 *
 *   gradient              g(w) = dF/dw
 *   hessianVectorProduct  H v = d/dw <g(w), v>
 *   mixedProduct          d/dx <g(x, w), v>
 *
 * Exact, by differentiating the gradient (Pearlmutter, Fast exact multiplication by the Hessian, 1994). v is a constant
 * even where it is the same tensor as w.
 */
import { invalid } from './errors';
import { detach } from './second-order/tape';
import { tf } from './tf';

const inner = (a: tf.Tensor, b: tf.Tensor): tf.Scalar => tf.sum(tf.mul(a, b));

function sameLength(w: tf.Tensor1D, v: tf.Tensor1D): void {
  if (v.size !== w.size) throw invalid('v.length', v.size, `${w.size}, the length of w`);
}

/** F(w) and dF/dw [p]. The caller disposes both. */
export function gradient(
  loss: (w: tf.Tensor1D) => tf.Scalar,
  w: tf.Tensor1D,
): { value: tf.Scalar; gradient: tf.Tensor1D } {
  const { value, grad } = tf.valueAndGrad(loss as (x: tf.Tensor) => tf.Tensor)(w);
  return { value: value as tf.Scalar, gradient: grad as tf.Tensor1D };
}

/** H v [p], for w and v [p]. The caller disposes. */
export function hessianVectorProduct(loss: (w: tf.Tensor1D) => tf.Scalar, w: tf.Tensor1D, v: tf.Tensor1D): tf.Tensor1D {
  sameLength(w, v);
  return tf.tidy(() => {
    const direction = detach(v);
    return tf.grad((u) => inner(tf.grad(loss as (x: tf.Tensor) => tf.Tensor)(u), direction))(w) as tf.Tensor1D;
  });
}

/** d/dx <dF/dw (x, w), v>, of x's shape, for w and v [p]. The caller disposes. */
export function mixedProduct<X extends tf.Tensor>(
  loss: (x: X, w: tf.Tensor1D) => tf.Scalar,
  x: X,
  w: tf.Tensor1D,
  v: tf.Tensor1D,
): X {
  sameLength(w, v);
  return tf.tidy(() => {
    const [point, direction] = [detach(w), detach(v)];
    const gradientAt = (data: tf.Tensor) => tf.grad((u) => loss(data as X, u as tf.Tensor1D))(point);
    return tf.grad((data) => inner(gradientAt(data), direction))(x) as X;
  });
}
