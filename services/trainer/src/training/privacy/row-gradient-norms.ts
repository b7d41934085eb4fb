/**
 * Norms of the gradients of single rows, all rows of a batch at once. With a_j a layer's input for row j and d_j the derivative of
 * the row's loss by its output, the row's gradient is an outer product, of which only the norm is made:
 *
 *   dense        ||dW_j||^2 = ||a_j||^2 ||d_j||^2,   ||db_j||^2 = ||d_j||^2                       (Goodfellow 2015, arXiv 1510.01799)
 *   convolution  dW_j[u, v] = sum_t a_j[t + (u, v)] d_j[t]',   db_j = sum_t d_j[t],   t the positions of the output
 *
 * d comes from one backward pass, as the derivative by a zero that is added to each output.
 */
import type { LinearLayer, Model, Tap } from '@theriac/game';
import { TheriacError } from '@theriac/tensors';
import { gradient, ops, tf } from '@theriac/tensors/engine';

/** The rows of a pass: x [b, features], one-hot y [b, classes], weights [b] of their losses, keep-masks. */
export interface WeightedRows {
  readonly x: tf.Tensor2D;
  readonly y: tf.Tensor2D;
  readonly weights: tf.Tensor1D;
  readonly masks: readonly tf.Tensor2D[];
}

/** Gives the norms of weight_j dell_j/dw, [b], and sum_j weight_j ell_j, at w [p]. The caller disposes both. */
export type RowGradientNorms = (
  w: tf.Tensor1D,
  rows: WeightedRows,
) => { readonly norms: tf.Tensor1D; readonly loss: tf.Scalar };

/** Norms for `model`. Throws FAILED_PRECONDITION naming `model` where its rows influence each other. */
export function rowGradientNorms(model: Model): RowGradientNorms {
  const { tapped } = model;
  if (tapped === undefined)
    throw new TheriacError(`A row of ${model.id} has no gradient of its own: batch normalisation mixes the rows.`, {
      code: 'FAILED_PRECONDITION',
      field: 'game.model',
      found: model.id,
      allowed: 'a model without batch normalisation',
      remedy: 'Choose another model, or a defence other than dp-sgd.',
    });
  const sizes = outputSizes(model, tapped);
  const width = sizes.reduce((sum, size) => sum + size, 0);

  return (w, { x, y, weights, masks }) =>
    tf.tidy(() => {
      const count = x.shape[0];
      const seen: { readonly layer: LinearLayer; readonly input: tf.Tensor; readonly shape: number[] }[] = [];
      const found = gradient(
        (zero) => {
          const parts = partsOf(
            zero,
            sizes.map((size) => size * count),
          );
          const tap: Tap = (layer, input, output) => {
            const own = parts[seen.length] as tf.Tensor1D;
            // Inputs outlive the pass.
            seen.push({ layer, input: tf.keep(ops.detach(input)), shape: output.shape });
            return tf.add(output, own.reshape(output.shape));
          };
          return ops.crossEntropy(y, tapped(w, x, masks, tap), weights);
        },
        tf.zeros<tf.Rank.R1>([width * count]),
      );
      const slopes = partsOf(
        found.gradient,
        sizes.map((size) => size * count),
      );
      const squares = seen.map(({ layer, input, shape }, k) =>
        squaredNorms(layer, input, (slopes[k] as tf.Tensor1D).reshape(shape)),
      );
      tf.dispose(seen.map(({ input }) => input));
      return { norms: tf.sqrt<tf.Tensor1D>(tf.addN(squares)), loss: found.value };
    });
}

/** The parts of x with these sizes. An op that splits has no gradient where there is one part only. */
const partsOf = (x: tf.Tensor1D, sizes: readonly number[]): tf.Tensor1D[] =>
  sizes.length === 1 ? [x] : ops.split(x, sizes);

/** Values of a row that each layer with parameters gives, in the order of the pass. */
function outputSizes(model: Model, tapped: Exclude<Model['tapped'], undefined>): number[] {
  const sizes: number[] = [];
  tf.tidy(() => {
    const tap: Tap = (_layer, _input, output) => {
      sizes.push(output.size);
      return output;
    };
    tapped(tf.zeros([model.layout.size]), tf.zeros([1, model.features]), [], tap);
  });
  return sizes;
}

/** ||dW_j||^2 + ||db_j||^2 of every row, [b]. */
function squaredNorms({ weight, filters }: LinearLayer, input: tf.Tensor, slope: tf.Tensor): tf.Tensor1D {
  if (filters === undefined) {
    const own = tf.sum<tf.Tensor1D>(tf.square(slope), 1);
    return tf.mul(own, tf.add(tf.sum(tf.square(input), 1), 1));
  }
  const { size, stride, pad } = filters;
  if (stride !== 1)
    throw new TheriacError(`No gradients of single rows through ${weight}, whose stride is ${stride}.`, {
      code: 'FAILED_PRECONDITION',
      field: 'game.model',
      remedy: 'Choose another model, or a defence other than dp-sgd.',
    });
  const [rows, height, width, outputs] = slope.shape as [number, number, number, number];
  const channels = input.shape[3] as number;
  const sides: [number, number] = [pad, pad];
  const padded = pad === 0 ? (input as tf.Tensor4D) : tf.pad(input as tf.Tensor4D, [[0, 0], sides, sides, [0, 0]]);
  const d = slope.reshape<tf.Tensor3D>([rows, height * width, outputs]);
  const squares: tf.Tensor1D[] = [tf.sum(tf.square(tf.sum(d, 1)), 1)];
  for (let u = 0; u < size; u++)
    for (let v = 0; v < size; v++) {
      const shifted = tf.slice(padded, [0, u, v, 0], [rows, height, width, channels]);
      const a = shifted.reshape<tf.Tensor3D>([rows, height * width, channels]);
      squares.push(tf.sum(tf.square(tf.matMul(a, d, true, false)), [1, 2]));
    }
  return tf.addN(squares);
}
