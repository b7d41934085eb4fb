import type { Model, Oracles, PlainState } from '@theriac/game';
import type { PrivacyGuarantee } from './privacy/guarantee';
import type { TrainingData } from './training-data';

/** What is trained. */
export interface TrainingTask {
  readonly model: Model;
  readonly oracles: Oracles;
  readonly data: TrainingData;
  readonly seed: number;
  /** How many final epochs' parameters to keep. */
  readonly keepEpochs: number;
}

/** Where training led. */
export interface Trained {
  /** w [p]. */
  readonly parameters: Float32Array;
  /** [k * p]: w at the end of each of the last k epochs, oldest first. */
  readonly kept: Float32Array;
  readonly keptCount: number;
  readonly stopped: 'epochs' | 'converged' | 'iterations' | 'line-search';
  /** Set where training is private. */
  readonly privacy?: PrivacyGuarantee;
  /** Models of an ensemble; `kept`, and `parameters` too, are then their final w, one after the other. Missing: one model. */
  readonly members?: number;
}

/** Training as a value: a plain state, a step, a result. What is compiled lives between `begin` and `dispose`. */
export interface Training {
  /** How private it is, where it is made to be. */
  readonly privacy?: PrivacyGuarantee;
  start(): PlainState;
  /** One minibatch or one iteration. Throws ABORTED when the loss is no longer finite. */
  step(state: PlainState): PlainState;
  /** Figures of the last step. */
  metrics(state: PlainState): Record<string, number>;
  result(state: PlainState): Trained;
  dispose(): void;
}
