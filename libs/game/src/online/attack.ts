/**
 * Attacks on an online trainer that steps w' = w - eta G with G the mean gradient of the tick's rows. The attacker holds m of
 * N rows (share s = m / N), sees w, and moves its rows x by the sign of the derivative of what it wants from its part g(nu; w)
 * of G, projected on Gamma:
 *
 *   x <- P_Gamma(x + step sign(d/dx <g(nu; w), v>)),   v = the derivative of its objective by g
 */
import type { RandomStream } from '@theriac/tensors';
import type { OptionSpec, OptionValues } from '../attack';
import type { Constraint } from '../constraint';

/** Rows with labels in stored units. */
export interface StoredRows {
  /** [count * features]. */
  readonly x: Float32Array;
  /** [count]. */
  readonly y: Int32Array;
  readonly count: number;
  readonly features: number;
}

/** Derivatives that the attacker asks for; vectors are [p]. */
export interface OnlineOracles {
  /** L(mu~; w), nats, and its gradient: the attacker's loss, on validation rows. */
  validation(w: Float32Array): Promise<{ readonly loss: number; readonly gradient: Float32Array }>;
  /** H v of the loss on validation rows. */
  validationProduct(w: Float32Array, v: Float32Array): Promise<Float32Array>;
  /** g(rows; w), the mean gradient. */
  gradient(w: Float32Array, rows: StoredRows): Promise<Float32Array>;
  /** H v of the mean loss on `rows`. */
  product(w: Float32Array, rows: StoredRows, v: Float32Array): Promise<Float32Array>;
  /** d/dx <g(rows; w), v>, [count * features]; in model-input units, of which only signs are used. */
  mixed(w: Float32Array, rows: StoredRows, v: Float32Array): Promise<Float32Array>;
}

/** What the attacker knows in a tick. */
export interface OnlineView {
  readonly tick: number;
  /** The model as the attacker sees it, maybe of some ticks ago. */
  readonly w: Float32Array;
  /** The clean model before the first tick. */
  readonly wClean: Float32Array;
  /** -(the last layer of w_clean, centred over classes): every preference turned round. */
  readonly wReversed: Float32Array;
  /** The trainer's step size eta. */
  readonly learningRate: number;
  /** Rows of a tick, N. */
  readonly perTick: number;
  readonly classes: number;
  readonly constraint: Constraint;
  readonly oracles: OnlineOracles;
  /** Of this seed and tick. */
  readonly random: RandomStream;
  /** Of this seed, the same in every tick. */
  readonly lasting: RandomStream;
  /** `count` of the attacker's validation rows, the first ones of an order drawn from `random`: the base of Gamma. */
  draw(count: number, random: RandomStream): StoredRows;
}

/** An attack on an online trainer; it keeps nothing between ticks. */
export interface OnlineAttack {
  readonly id: string;
  readonly summary: string;
  readonly source: string;
  readonly options: readonly OptionSpec[];
  /** Whether it asks for Hessian products. */
  readonly secondOrder: boolean;
  /** Rows it sends in a tick; `usual` is m, `all` is N. */
  count(tick: number, usual: number, all: number, options: OptionValues): number;
  /** The `count` rows of the tick, count >= 1. */
  craft(view: OnlineView, count: number, options: OptionValues): Promise<StoredRows>;
}

/** Options of the ascent that all attacks share. */
export const ascentOptions: readonly OptionSpec[] = [
  {
    name: 'steps',
    type: 'integer',
    description: 'steps of the ascent in a tick',
    minimum: 0,
    maximum: 10_000,
    default: 4,
  },
  {
    name: 'step',
    type: 'number',
    description: 'length of a step, in stored units',
    minimum: 1e-6,
    maximum: 1e6,
    default: 0.25,
  },
];
