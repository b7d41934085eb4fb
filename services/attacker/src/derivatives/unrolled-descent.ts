/**
 * Gradient descent unrolled, and exact reverse mode through it. With eps the weight of nu against a batch B_t of clean rows,
 *   w_{t+1} = w_t - alpha ( g(B_t; w_t) + eps g(nu_t; w_t) ) / (1 + eps),   t = 0 .. T-1,
 * and the leader's loss A = sum_{t=1}^T A_t(w_t), the hypergradient dA/dnu comes from the stored trajectory:
 *   a <- dA_T/dw;   for t = T-1 .. 0:   d_x -= alpha eps/(1+eps) d/dx <g(nu_t; w_t), a>
 *                                       a   -= alpha/(1+eps) (H(B_t; w_t) + eps H(nu_t; w_t)) a;   a += dA_t/dw (t > 0)
 * Source: Maclaurin, Duvenaud, Adams (ICML 2015); Munoz-Gonzalez et al. (AISec 2017), alg. 2, which replays the descent
 * backwards instead of storing it, with an error that this has not.
 */
import type { Follower, RowRange, Rows } from '@theriac/game';

/** One descent step. `flows`: whether the hypergradient passes through its poison; all steps where it does share their nu. */
export interface UnrolledStep {
  readonly clean: RowRange;
  readonly nu: Rows;
  readonly flows: boolean;
}

export interface Unrolling {
  readonly follower: Follower;
  /** alpha > 0. */
  readonly learningRate: number;
  /** eps >= 0. */
  readonly epsilonD: number;
  readonly steps: readonly UnrolledStep[];
}

/** A loss and its gradient at some w. */
export interface Slope {
  readonly loss: number;
  readonly gradient: Float32Array;
}

/** w_0 .. w_T, each [p]. */
export async function descentTrajectory(
  { follower, learningRate, epsilonD, steps }: Unrolling,
  start: Float32Array,
): Promise<Float32Array[]> {
  const trajectory = [start];
  let w = start;
  for (const { clean, nu } of steps) {
    const own = (await follower.gradient(w, { clean, nu: undefined })).gradient;
    const added = nu.count === 0 ? undefined : (await follower.gradient(w, { clean: undefined, nu })).gradient;
    w = moved(w, own, added, learningRate, epsilonD);
    trajectory.push(w);
  }
  return trajectory;
}

/** dA/dnu [m * features], model-input units; `slopes[t]` is dA_t/dw at w_t, undefined where A has no such term. */
export async function poisonHypergradient(
  { follower, learningRate, epsilonD, steps }: Unrolling,
  trajectory: readonly Float32Array[],
  slopes: readonly (Float32Array | undefined)[],
): Promise<Float32Array> {
  const size = steps.find(({ flows }) => flows)?.nu.x.length ?? 0;
  const found = new Float32Array(size);
  const rate = (learningRate * epsilonD) / (1 + epsilonD);
  let a: Float32Array = slopes[steps.length]?.slice() ?? new Float32Array(trajectory[0]!.length);
  for (let t = steps.length - 1; t >= 0; t--) {
    const { clean, nu, flows } = steps[t]!;
    const w = trajectory[t]!;
    if (flows && nu.count > 0) {
      const product = await follower.poisonVectorProduct(w, a, { clean: undefined, nu });
      for (let i = 0; i < size; i++) found[i]! -= rate * product[i]!;
    }
    if (t === 0) break;
    const own = await follower.hessianVectorProduct(w, a, { clean, nu: undefined });
    const added = nu.count === 0 ? undefined : await follower.hessianVectorProduct(w, a, { clean: undefined, nu });
    a = moved(a, own, added, learningRate, epsilonD);
    const slope = slopes[t];
    if (slope !== undefined) a = a.map((value, k) => value + slope[k]!);
  }
  return found;
}

/** v - alpha (own + eps added) / (1 + eps). */
function moved(
  v: Float32Array,
  own: Float32Array,
  added: Float32Array | undefined,
  rate: number,
  epsilonD: number,
): Float32Array {
  if (added === undefined) return v.map((value, k) => value - rate * own[k]!);
  const [first, second] = [rate / (1 + epsilonD), (rate * epsilonD) / (1 + epsilonD)];
  return v.map((value, k) => value - first * own[k]! - second * added[k]!);
}

/** Rows of the t-th of the contiguous batches of `size` rows that `count` rows are dealt into, again from the start. */
export function cleanBatch(count: number, size: number, t: number): RowRange {
  const batches = Math.max(1, Math.floor(count / size));
  const from = (t % batches) * size;
  return { from, to: Math.min(count, from + size) };
}
