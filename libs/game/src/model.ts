import type { ParameterLayout, RandomStream } from '@theriac/tensors';
import type { tf } from '@theriac/tensors/engine';

/** A classifier as a pure function of its parameters: all of w is an argument, nothing is kept. */
export interface Model {
  readonly id: string;
  /** Where each layer lies within the flat vector w. */
  readonly layout: ParameterLayout;
  /** Features of a row. */
  readonly features: number;
  readonly classes: number;
  /** Values of a row that a forward pass makes, over all layers: what a derivative keeps of it, up to a small factor. */
  readonly activations: number;
  /** Whether the logits are linear in (weight, bias): closed forms and a convex loss. */
  readonly softmaxRegression: boolean;
  /** Names of the last layer's views: weight [inputs, classes] and bias [classes]. */
  readonly lastLayer: { readonly weight: string; readonly bias: string };
  /** PyTorch's default initialisation: uniform within 1/sqrt(fan-in), weights and biases alike. */
  initialise(random: RandomStream): Float32Array;
  /**
   * Logits [b, classes] of rows x [b, features] in model-input space at w [p], as when the model is used: no dropout, and
   * BatchNorm by its running statistics, which are constants (their derivatives are 0). Rows do not influence each other.
   * The caller disposes.
   */
  logits(w: tf.Tensor1D, x: tf.Tensor2D): tf.Tensor2D;
  /** Where w[statisticsFrom ..] are running statistics, which are not trained; the size of the layout where there are none. */
  readonly statisticsFrom: number;
  /** Whether logits are positively homogeneous layer by layer up to biases (ReLU, LeakyReLU, max-pooling; no BatchNorm). */
  readonly homogeneous: boolean;
  /** How it behaves while it is trained; undefined: as when it is used. */
  readonly training: TrainingPass | undefined;
  /**
   * Logits as while training with these keep-masks, every layer with parameters shown to `tap`: gradients of single rows are
   * found from what it sees. Missing where rows influence each other. The caller disposes.
   */
  readonly tapped?: (w: tf.Tensor1D, x: tf.Tensor2D, masks: readonly tf.Tensor2D[], tap: Tap) => tf.Tensor2D;
}

/** A layer that is linear in its weight and bias: x W + b, or a cross-correlation of images. */
export interface LinearLayer {
  /** Name of its weight in the layout. */
  readonly weight: string;
  /** Side of the square filters, their stride, and zeros around the image; undefined for a dense layer. */
  readonly filters: { readonly size: number; readonly stride: number; readonly pad: number } | undefined;
}

/** Sees a layer's input and output, [b, ...] each, and gives what goes on in place of the output. Nothing seen outlives the pass. */
export type Tap = (layer: LinearLayer, input: tf.Tensor, output: tf.Tensor) => tf.Tensor;

/** A dropout layer: each of `width` activations of a row is kept with probability 1 - rate and then divided by it. */
export interface DropoutLayer {
  readonly rate: number;
  readonly width: number;
}

/** Forward pass while training. */
export interface TrainingPass {
  readonly dropout: readonly DropoutLayer[];
  /**
   * Logits [b, classes] with the given keep-masks (0 or 1, [b, width], one per dropout layer; none: dropout is off) and the
   * batch's own statistics; `statistics` [p - statisticsFrom] are those of the batch (mean, unbiased variance), in the
   * layout's order, undefined where the model has none. The caller disposes.
   */
  logits(
    w: tf.Tensor1D,
    x: tf.Tensor2D,
    masks: readonly tf.Tensor2D[],
  ): { readonly logits: tf.Tensor2D; readonly statistics: tf.Tensor1D | undefined };
}

/** A family of models, one per shape of data. */
export interface ModelDefinition {
  readonly id: string;
  readonly summary: string;
  readonly source: string;
  create(shape: readonly number[], classes: number): Model;
}
