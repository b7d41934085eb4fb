import type { SliceOutput, SliceProgress } from '@theriac/board';
import type { ConstraintSpec, GameSpec } from '@theriac/contract/game';
import type { Placement, Poison, PoisonFraction, Signal } from '@theriac/game';
import type { BackendReport } from '@theriac/tensors';

interface SliceInput {
  readonly game: GameSpec | undefined;
  /** w_c [p]. */
  readonly cleanParameters: Float32Array;
  readonly seed: number;
  readonly sliceSeconds: number;
  /** State to go on from. */
  readonly state: Uint8Array | undefined;
}

/** What crafting gave. */
export interface Crafted {
  readonly poison: Poison;
  readonly placement: Placement;
  readonly target: { readonly kind: string; readonly scale: number; readonly parameters: Float32Array } | undefined;
  readonly residual: { readonly before: number; readonly after: number } | undefined;
  readonly signals: readonly Signal[];
  readonly flags: readonly string[];
  readonly seconds: number;
  readonly metrics: Readonly<Record<string, number>>;
}

/** Corrupted parameters. */
export interface Corrupted {
  readonly parameters: Float32Array;
  /** ||w - w_c||. */
  readonly distance: number;
  readonly seconds: number;
}

/** What the attacker's compute worker does. Inputs and outputs are plain data. */
export interface AttackerMethods {
  describe: { input: null; event: never; output: BackendReport };
  craft: {
    input: SliceInput & {
      readonly attack: string;
      readonly options: Readonly<Record<string, unknown>>;
      readonly fraction: PoisonFraction;
      readonly constraint: ConstraintSpec | undefined;
      /** Who computes the defender's derivatives; default local. */
      readonly follower?: 'local' | 'remote';
    };
    event: SliceProgress;
    output: SliceOutput<Crafted>;
  };
  corrupt: {
    input: SliceInput & { readonly epsilonW: number };
    event: SliceProgress;
    output: SliceOutput<Corrupted>;
  };
}
