import type { PlacedRows, SliceOutput, SliceProgress } from '@theriac/board';
import type { GameSpec } from '@theriac/contract/game';
import type { DefenceChoice, RowRange } from '@theriac/game';
import type { BackendReport, ParameterLayout } from '@theriac/tensors';
import type { Trained } from '../training/training';

/** Which rows a mean is taken over. */
export type RowsOf = 'clean' | 'poison' | 'mixture';

/** The rows of a mean: a distribution, or only a range of its clean and of its poison rows. */
export interface RowSelection {
  readonly of: RowsOf;
  readonly cleanRows?: RowRange | undefined;
  readonly poisonRows?: RowRange | undefined;
}

/** A slice of training, blobs already resolved. */
export interface TrainInput {
  readonly game: GameSpec | undefined;
  readonly poison: PlacedRows | undefined;
  readonly protocol: string;
  /** The chain of defences; missing: none. */
  readonly defence?: readonly DefenceChoice[];
  readonly seed: number;
  readonly keepEpochs: number;
  readonly sliceSeconds: number;
  /** State to go on from. */
  readonly state: Uint8Array | undefined;
}

/** What training gave. */
export interface TrainOutcome extends Trained {
  readonly layout: ParameterLayout;
  /** F(chi; w). */
  readonly loss: number;
  /** ||g(chi; w)||. */
  readonly gradientNorm: number;
  /** Share of the rows of chi that w classifies rightly, 0 to 1. */
  readonly accuracy: number;
  /** Rows of chi, those that were left out included. */
  readonly rows: number;
  /** Rows of chi that sanitisers left out, ascending. */
  readonly removed: Int32Array;
  /** Over all slices. */
  readonly seconds: number;
}

export type TrainOutput = SliceOutput<TrainOutcome>;

/** A model that can be trained. */
export interface ModelSummary {
  readonly id: string;
  readonly summary: string;
  readonly source: string;
}

interface OfSession {
  readonly session: string;
}

/** What the trainer's compute worker does. Inputs and outputs are plain data. */
export interface TrainerMethods {
  describe: {
    input: null;
    event: never;
    output: { readonly backend: BackendReport; readonly models: readonly ModelSummary[] };
  };
  train: { input: TrainInput; event: SliceProgress; output: TrainOutput };
  openSession: {
    input: {
      readonly game: GameSpec | undefined;
      readonly parameters: Float32Array;
      readonly poison: PlacedRows | undefined;
      readonly leaseSeconds: number;
      /** Whose session it is: each client may have so many. */
      readonly client?: string;
    };
    event: never;
    output: {
      readonly session: string;
      readonly layout: ParameterLayout;
      readonly clean: number;
      readonly poison: number;
      readonly features: number;
    };
  };
  closeSession: { input: OfSession; event: never; output: null };
  gradient: {
    input: OfSession & RowSelection;
    event: never;
    output: { readonly gradient: Float32Array; readonly loss: number };
  };
  hessianVectorProduct: {
    input: OfSession & RowSelection & { readonly vector: Float32Array };
    event: never;
    output: Float32Array;
  };
  inverseHessianVectorProduct: {
    input: OfSession &
      RowSelection & {
        readonly vector: Float32Array;
        readonly normalEquations: boolean;
        readonly iterations: number;
        readonly damping: number;
        readonly tolerance: number;
      };
    event: never;
    output: {
      readonly product: Float32Array;
      readonly relativeResidual: number;
      readonly iterations: number;
      readonly stopped: string;
    };
  };
  poisonVectorProduct: {
    input: OfSession & { readonly vector: Float32Array; readonly poisonRows?: RowRange | undefined };
    event: never;
    output: { readonly product: Float32Array; readonly rows: number; readonly features: number };
  };
  descend: {
    input: OfSession & RowSelection & { readonly steps: number; readonly learningRate: number };
    event: never;
    output: { readonly parameters: Float32Array; readonly loss: number; readonly gradientNorm: number };
  };
  updatePoison: {
    input: OfSession & { readonly poison: PlacedRows };
    event: never;
    output: { readonly poison: number };
  };
  updateParameters: {
    input: OfSession & { readonly parameters: Float32Array };
    event: never;
    output: null;
  };
}
