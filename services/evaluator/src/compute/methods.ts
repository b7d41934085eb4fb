import type { PlacedRows } from '@theriac/board';
import type { ConstraintSpec, GameSpec } from '@theriac/contract/game';
import type { PoisonFraction, Signal, Threshold } from '@theriac/game';
import type { BackendReport } from '@theriac/tensors';

interface OfGame {
  readonly game: GameSpec | undefined;
  /** w [p]. */
  readonly parameters: Float32Array;
}

/** A model's score on the test split. */
export interface ModelScore {
  readonly loss: number;
  /** 0 to 1. */
  readonly accuracy: number;
  readonly perClass: readonly number[];
  /** [classes * classes], rows are true classes. */
  readonly confusion: Int32Array;
  /** One per signal asked for, 0 to 1. */
  readonly success: readonly number[];
  /** Of an ensemble, [test rows]: rows that may come or go before its vote can change; -1 where the vote is wrong. */
  readonly certificates?: Int32Array;
}

/** What the evaluator's compute worker does. Inputs and outputs are plain data. */
export interface EvaluatorMethods {
  describe: { input: null; event: never; output: BackendReport };
  score: {
    /** `parameters` is [models, p]; every `members` of them, one after the other, are an ensemble (default 1). */
    input: OfGame & { readonly models: number; readonly members?: number; readonly signals?: readonly Signal[] };
    event: never;
    output: { readonly scores: readonly ModelScore[]; readonly testCount: number; readonly classes: number };
  };
  lossGradient: { input: OfGame; event: never; output: { readonly loss: number; readonly gradient: Float32Array } };
  threshold: { input: OfGame; event: never; output: Threshold & { readonly gradientInnerProduct: number } };
  reachability: {
    input: OfGame & { readonly poison: PlacedRows };
    event: never;
    output: {
      readonly norm: number;
      readonly cleanNorm: number;
      readonly epsilonD: number;
      readonly lowerBound: number;
    };
  };
  verifyPoison: {
    input: {
      readonly game: GameSpec | undefined;
      readonly poison: PlacedRows;
      readonly constraint: ConstraintSpec;
      readonly fraction: PoisonFraction;
    };
    event: never;
    output: {
      readonly count: number;
      readonly allowed: number;
      readonly violations: readonly { rule: string; rows: number; worst: number; message: string }[];
      readonly rowNorms: { readonly median: number; readonly max: number; readonly cleanMedian: number };
    };
  };
}
