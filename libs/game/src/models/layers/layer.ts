/**
 * A network is a chain of layers. A layer is made for the shape of its input and knows names and shapes alone: values come
 * with each pass, as views of the flat vector w. Images are [height, width, channels], filters [height, width, in, out].
 */
import type { tf } from '@theriac/tensors/engine';
import type { DropoutLayer, Tap } from '../../model';

/** Shape of one row's activations: [features] or [height, width, channels]. */
export type Shape = readonly number[];

/** A part of w, and what its elements are at first: uniform within a bound, or one number. */
export interface Parameter {
  readonly name: string;
  readonly shape: Shape;
  readonly initial: { readonly bound: number } | { readonly value: number };
}

export interface Layer {
  /** Shape of the output. */
  readonly shape: Shape;
  /** Trained, in the order of the pass. */
  readonly parameters: readonly Parameter[];
  /** Running statistics of batch normalisation. */
  readonly statistics: readonly Parameter[];
  readonly dropout: readonly DropoutLayer[];
  /** Values of a row that its results and those of the layers within it are. */
  readonly activations: number;
  /** Output [b, ...shape] for x [b, ...input]. The caller disposes. */
  forward(x: tf.Tensor, pass: Pass): tf.Tensor;
}

/** A layer for inputs of the given shape. */
export type LayerOf = (input: Shape) => Layer;

/** One pass of a batch through a network. */
export interface Pass {
  /** Parameters and statistics by name. */
  readonly views: Readonly<Record<string, tf.Tensor>>;
  /** Undefined when the network is used, and not trained. */
  readonly training: TrainingState | undefined;
  /** Is shown every layer with parameters; undefined: nobody looks. */
  readonly tap?: Tap | undefined;
}

export interface TrainingState {
  /** The keep-mask of the next dropout layer, undefined where dropout is off. */
  nextMask(): tf.Tensor2D | undefined;
  /** The batch's own statistics, by the names of the running ones. */
  readonly statistics: Map<string, tf.Tensor1D>;
}

/** A layer without parameters: `forward`, from `input` to `shape`. */
export function plainLayer(shape: Shape, forward: (x: tf.Tensor, pass: Pass) => tf.Tensor): Layer {
  return { shape, parameters: [], statistics: [], dropout: [], activations: sizeOf(shape), forward };
}

/** Number of values in a shape. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** The parameter `name` of this pass. */
export function view<T extends tf.Tensor>(pass: Pass, name: string): T {
  return pass.views[name] as T;
}
