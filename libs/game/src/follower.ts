/**
 * The defender as an attack sees it: derivatives of F over a batch, wherever they are computed.
 *
 *   F(B; w) = (1/|B|) sum_{z in B} ell(z; w),   B = some clean rows and some poison rows, equal weights
 *
 * The same attack runs over a local follower (compiled graphs in the attacker) and a remote one (a trainer's session).
 */
import type { Rows } from './rows';

/** Rows [from, to). */
export interface RowRange {
  readonly from: number;
  readonly to: number;
}

/** B: clean rows of the game by position, and poison rows by value. Not both may be empty. */
export interface Batch {
  /** Rows of mu; undefined: none. */
  readonly clean: RowRange | undefined;
  /** Poison rows in model-input space; undefined: none. */
  readonly nu: Rows | undefined;
}

/** How to solve H q = v. */
export interface InverseSolver {
  /** 'cgnr': H^2 q = H v, as published for TGDA; 'cg': (H + damping I) q = v, stops where the curvature is not positive. */
  readonly kind: 'cgnr' | 'cg';
  readonly iterations: number;
  /** >= 0, added to the diagonal; 'cg' only. */
  readonly damping: number;
  /** Stop at this relative residual; 0: run all iterations. */
  readonly tolerance: number;
}

/** Derivatives of F(B; w); plain float32 arrays in and out, all [p] unless said otherwise. */
export interface Follower {
  /** F(B; w), nats, and g(B; w). */
  gradient(w: Float32Array, batch: Batch): Promise<{ readonly loss: number; readonly gradient: Float32Array }>;
  /** H v, H the Hessian of F(B; .) at w. */
  hessianVectorProduct(w: Float32Array, v: Float32Array, batch: Batch): Promise<Float32Array>;
  /** q with H q = v, and ||H q - v|| / ||v||. */
  inverseHessianVectorProduct(
    w: Float32Array,
    v: Float32Array,
    batch: Batch,
    solver: InverseSolver,
  ): Promise<{ readonly product: Float32Array; readonly relativeResidual: number; readonly iterations: number }>;
  /** d/dx_j <g(B; w), v> for each poison row x_j of B, [m * features], model-input units. */
  poisonVectorProduct(w: Float32Array, v: Float32Array, batch: Batch): Promise<Float32Array>;
  /** w after `steps` plain gradient steps on F(B; .). */
  descend(
    w: Float32Array,
    batch: Batch,
    how: { readonly steps: number; readonly learningRate: number },
  ): Promise<Float32Array>;
}
