import type { tf } from '../tf';

/**
 * A rule of first order on one flat vector, a value without state of its own: what it remembers are `slots` vectors of the length
 * of w, zero at first. Every number that changes from step to step is a tensor, so that an update can be traced into a graph.
 */
export interface Optimiser {
  /** State vectors of the size of w. */
  readonly slots: number;
  /**
   * One update from parameters w [p], gradient g [p], slots [p] each, the learning rate, and the number of this step (1 for the
   * first). The caller disposes results and arguments.
   */
  update(
    w: tf.Tensor1D,
    g: tf.Tensor1D,
    slots: tf.Tensor1D[],
    learningRate: tf.Scalar,
    step: tf.Scalar,
  ): { w: tf.Tensor1D; slots: tf.Tensor1D[] };
}
