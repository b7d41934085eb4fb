/**
 * A convolution without bias and batch normalisation of its output, as one layer (Ioffe and Szegedy, ICML 2015):
 *
 *   gamma (c - mean) / sqrt(var + eps) + beta,  c = x * filter
 *
 * While trained, mean and (biased) var are those of the batch. When used, they are the running ones, which are constants;
 * the normalisation is then part of the filter: x * (filter s) + (beta - mean s), s = gamma / sqrt(var + eps).
 */
import { ops, tf } from '@theriac/tensors/engine';
import type { Filters } from './convolution';
import { convolve, convolved, filterOf } from './convolution';
import type { LayerOf } from './layer';
import { sizeOf, view } from './layer';

/** As in PyTorch. */
const eps = 1e-5;

/** Names of the parts are `<convolution>.weight`, and `weight` (gamma), `bias` (beta) and the statistics of `<norm>`. */
export function normalisedConvolution(names: { convolution: string; norm: string }, filters: Filters): LayerOf {
  return (input) => {
    const filter = filterOf(names.convolution, input, filters);
    const shape = convolved(names.convolution, input, filters);
    const perChannel = (part: string, value: number) => ({
      name: `${names.norm}.${part}`,
      shape: [filters.count],
      initial: { value },
    });
    const [gamma, beta] = [perChannel('weight', 1), perChannel('bias', 0)];
    const [mean, variance] = [perChannel('running_mean', 0), perChannel('running_var', 1)];
    return {
      shape,
      parameters: [filter, gamma, beta],
      statistics: [mean, variance],
      dropout: [],
      activations: 2 * sizeOf(shape),
      forward(x, pass) {
        const vector = (name: string): tf.Tensor1D => view<tf.Tensor1D>(pass, name);
        const image = x as tf.Tensor4D;
        const weights = view<tf.Tensor4D>(pass, filter.name);
        if (pass.training !== undefined) {
          const found = ops.batchNorm(convolve(image, weights, filters), vector(gamma.name), vector(beta.name), eps);
          pass.training.statistics.set(mean.name, found.mean).set(variance.name, found.variance);
          return found.output;
        }
        const [m, v] = [ops.detach(vector(mean.name)), ops.detach(vector(variance.name))];
        const scale = tf.mul<tf.Tensor1D>(tf.rsqrt(tf.add(v, eps)), vector(gamma.name));
        const shift = tf.sub<tf.Tensor1D>(vector(beta.name), tf.mul(m, scale));
        return convolve(image, tf.mul(weights, scale), filters, shift);
      },
    };
  };
}
