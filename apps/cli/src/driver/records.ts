/** What the driver remembers of each step, as JSON in checkpoints/<key>.json. Accuracies in percent. */
import type { PrivacyCard, Signal } from '@theriac/game';
import type { FileRef } from './run-directory';

/** A slice has ended, the work has not: `state` is what the service needs to go on. */
export interface RunningRecord {
  readonly status: 'running';
  readonly state: FileRef;
  readonly step: number;
  readonly of: number;
}

export interface ParameterViewRecord {
  readonly name: string;
  readonly shape: readonly number[];
  readonly offset: number;
}

export interface ScoresRecord {
  /** One per kept epoch, oldest first. */
  readonly accuracies: readonly number[];
  readonly losses: readonly number[];
  /** Of the last one. */
  readonly perClass: readonly number[];
  readonly confusion: readonly (readonly number[])[];
  readonly testCount: number;
  /** Of an ensemble: accuracy certified under 0, 1, ... rows inserted or deleted, as far as it is above 0. */
  readonly certified?: readonly number[];
  /** Success of each signal, percent: [epoch][signal]; where the attack has signals. */
  readonly success?: readonly (readonly number[])[];
}

/** Rows of chi that a defence left out, and how many of them are poison. */
export interface RemovalRecord {
  readonly rows: number;
  readonly poison: number;
}

export interface TrainedRecord {
  readonly status: 'trained';
  readonly parameters: FileRef;
  readonly kept: FileRef;
  readonly layout: readonly ParameterViewRecord[];
  readonly loss: number | null;
  readonly gradientNorm: number | null;
  /** On the rows it was trained on. */
  readonly accuracy?: number;
  /** Set where a defence acts. */
  readonly removed?: RemovalRecord;
  /** Set where training is private. */
  readonly privacy?: PrivacyCard;
  /** Models of an ensemble. */
  readonly members?: number;
  readonly stopped: string;
  readonly seconds: number;
}

export interface ScoredRecord extends Omit<TrainedRecord, 'status' | 'kept'> {
  readonly status: 'scored';
  readonly scores: ScoresRecord;
}

/** Training that left the finite numbers is a result, not a failure. */
export interface DivergedRecord {
  readonly status: 'diverged';
  readonly reason: string;
  readonly seconds: number;
}

export type FinishedTraining = ScoredRecord | DivergedRecord;
export type TrainingRecord = RunningRecord | TrainedRecord | FinishedTraining;

export interface CraftedRecord {
  readonly status: 'crafted';
  /** Tensors "x" [m, features] in stored units, "y" [m] and, where rows have one, "base" [m]. */
  readonly poison: FileRef;
  /** poison.json. */
  readonly description?: FileRef;
  readonly count: number;
  readonly target: { readonly kind: string; readonly scale: number; readonly parameters: FileRef } | null;
  readonly residual: { readonly before: number; readonly after: number } | null;
  /** Where the attack has any. */
  readonly signals?: readonly Signal[];
  readonly flags: readonly string[];
  readonly metrics: Readonly<Record<string, number>>;
  readonly seconds: number;
}
export type CraftRecord = RunningRecord | CraftedRecord;

/** A model corrupted with one order of its minibatches. */
export interface CorruptedRecord {
  readonly status: 'corrupted';
  readonly file: FileRef;
  readonly scores: ScoresRecord;
  readonly seconds: number;
}

/** The last record of a run, right before its card. */
export interface FinishedRecord {
  readonly status: 'finished';
  /** SHA-256 of card.json. */
  readonly card: string;
}

export interface ThresholdRecord {
  readonly tau: number;
  /** CE - H. */
  readonly innerProduct: number;
  /** The same, from w and the gradient of the last layer. */
  readonly gradientInnerProduct: number;
  readonly constant: number;
  readonly crossEntropy: number;
  readonly entropy: number;
}

export interface VerifiedRecord {
  readonly status: 'verified';
  /** Success of each signal with clean defenders, percent, by key of the training; where the attack has signals. */
  readonly cleanSuccess?: Readonly<Record<string, readonly number[]>>;
  readonly count: number;
  readonly allowedCount: number;
  readonly violations: readonly { rule: string; rows: number; worst: number; message: string }[];
  readonly rowNorms: { readonly median: number; readonly max: number; readonly cleanMedian: number };
  readonly target: {
    readonly threshold: ThresholdRecord;
    readonly accuracy: number;
    /** ||g(mu; w) + eps_d g(nu; w)|| and what no poison can go below. */
    readonly reachability: { readonly norm: number; readonly cleanNorm: number; readonly lowerBound: number };
    /** tau of the target's parameters multiplied by `scale`. */
    readonly scaled: readonly { readonly scale: number; readonly tau: number }[];
  } | null;
}
