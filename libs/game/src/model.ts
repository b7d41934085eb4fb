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
  /** Whether the logits are linear in (weight, bias): closed forms and a convex loss. */
  readonly softmaxRegression: boolean;
  /** Names of the last layer's views: weight [inputs, classes] and bias [classes]. */
  readonly lastLayer: { readonly weight: string; readonly bias: string };
  /** PyTorch's default initialisation: uniform within 1/sqrt(fan-in), weights and biases alike. */
  initialise(random: RandomStream): Float32Array;
  /** Logits [b, classes] of rows x [b, features] in model-input space at w [p]. The caller disposes. */
  logits(w: tf.Tensor1D, x: tf.Tensor2D): tf.Tensor2D;
}

/** A family of models, one per shape of data. */
export interface ModelDefinition {
  readonly id: string;
  readonly summary: string;
  readonly source: string;
  create(shape: readonly number[], classes: number): Model;
}
