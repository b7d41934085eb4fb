/**
 * The bias that balances clean predictions: b* = argmin_b F(mu; z + b) for fixed logits z, so that the bias gradient
 *   mean_i softmax(z_i + b)_k - frequency_k
 * vanishes. A target without it asks poison rows, whose error softmax(z) - e_y is bounded, for a bias gradient of
 * (class imbalance) / eps_d, which at small eps_d they cannot give; with it, softmax regression is cancelled exactly.
 * Newton's method; F is convex in b, and b is fixed by sum b = 0.
 */
import { cholesky, solveCholesky } from '@theriac/tensors';

/** b* [classes], float64, from logits scale * z [count * classes] without bias; `start` is where Newton begins. */
export function balancedBias(
  z: Float64Array,
  labels: ArrayLike<number>,
  classes: number,
  { scale = 1, start }: { scale?: number; start?: Float64Array } = {},
): Float64Array {
  const count = z.length / classes;
  const frequency = classFrequencies(labels, classes);
  // A class without rows would need a bias of minus infinity.
  const floor = 0.5 / count;
  let bias = start ?? frequency.map((share) => Math.log(Math.max(share, floor)));
  for (let iteration = 0; iteration < 50; iteration++) {
    const { gradient, hessian } = derivatives(z, bias, frequency, scale);
    if (Math.max(...gradient.map(Math.abs)) < 1e-13) break;
    const move = solveCholesky(cholesky(hessian, classes), classes, gradient);
    const longest = Math.max(...move.map(Math.abs));
    const length = Math.min(1, 2 / longest);
    bias = bias.map((value, k) => value - length * move[k]!);
    if (longest < 1e-14) break;
  }
  const mean = bias.reduce((sum, value) => sum + value, 0) / classes;
  return bias.map((value) => value - mean);
}

/** Share of each class among the labels, [classes]. */
export function classFrequencies(labels: ArrayLike<number>, classes: number): Float64Array {
  const frequency = new Float64Array(classes);
  for (let i = 0; i < labels.length; i++) frequency[labels[i]!]! += 1 / labels.length;
  return frequency;
}

/** The bias gradient and Hessian of F, in one pass without a copy of the logits. */
function derivatives(z: Float64Array, bias: Float64Array, frequency: Float64Array, scale: number) {
  const classes = bias.length;
  const share = classes / z.length;
  const p = new Float64Array(classes);
  const mean = new Float64Array(classes);
  const hessian = new Float64Array(classes * classes);
  for (let at = 0; at < z.length; at += classes) {
    let top = -Infinity;
    for (let k = 0; k < classes; k++) top = Math.max(top, (p[k] = scale * z[at + k]! + bias[k]!));
    let total = 0;
    for (let k = 0; k < classes; k++) total += p[k] = Math.exp(p[k]! - top);
    for (let k = 0; k < classes; k++) {
      const pk = (p[k]! /= total);
      mean[k]! += pk;
      for (let l = 0; l <= k; l++) hessian[k * classes + l]! -= pk * p[l]!;
    }
  }
  // The direction of equal biases changes nothing: 1 1' / classes there makes the matrix invertible and the move sum to 0.
  for (let k = 0; k < classes; k++)
    for (let l = 0; l <= k; l++) {
      const entry = share * (hessian[k * classes + l]! + (k === l ? mean[k]! : 0)) + 1 / classes;
      hessian[k * classes + l] = hessian[l * classes + k] = entry;
    }
  return { gradient: mean.map((value, k) => share * value - frequency[k]!), hessian };
}
