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
import { invalid, TheriacError } from './errors';
import { detach, differentiate } from './second-order/tape';
import { tf } from './tf';

const inner = (a: tf.Tensor, b: tf.Tensor): tf.Scalar => tf.sum(tf.mul(a, b));

function sameLength(w: tf.Tensor1D, v: tf.Tensor1D): void {
  if (v.size !== w.size) throw invalid('v.length', v.size, `${w.size}, the length of w`);
}

/** The value and the gradient of a loss at w, differentiable in turn. */
function slopeOf(loss: (w: tf.Tensor1D) => tf.Scalar, w: tf.Tensor): { value: tf.Tensor; slope: tf.Tensor } {
  const { value, slope } = differentiate(loss as (x: tf.Tensor) => tf.Tensor, w);
  if (value.rank !== 0) throw invalid('loss', `a tensor [${value.shape.join()}]`, 'a scalar');
  if (slope) return { value, slope };
  throw new TheriacError('The loss does not depend on w', {
    code: 'FAILED_PRECONDITION',
    remedy: 'Compute it from the w that the function is given.',
  });
}

/** F(w) and dF/dw [p]. The caller disposes both. */
export function gradient(
  loss: (w: tf.Tensor1D) => tf.Scalar,
  w: tf.Tensor1D,
): { value: tf.Scalar; gradient: tf.Tensor1D } {
  return tf.tidy(() => {
    const { value, slope } = slopeOf(loss, w);
    return { value: value as tf.Scalar, gradient: slope as tf.Tensor1D };
  });
}

/** H v [p], for w and v [p]. The caller disposes. */
export function hessianVectorProduct(loss: (w: tf.Tensor1D) => tf.Scalar, w: tf.Tensor1D, v: tf.Tensor1D): tf.Tensor1D {
  sameLength(w, v);
  return tf.tidy(() => {
    const direction = detach(v);
    const { slope } = differentiate((u) => inner(slopeOf(loss, u).slope, direction), w);
    return (slope ?? tf.zerosLike(w)) as tf.Tensor1D; // a loss that is linear in w
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
    const { slope } = differentiate((data) => inner(slopeOf((u) => loss(data as X, u), point).slope, direction), x);
    return (slope ?? tf.zerosLike(x)) as X;
  });
}
