/**
 * The surrogate's own training, on noised rows only: SGD with momentum on minibatches,
 *   v <- mu v + clip_5(g) + 5e-4 w,   w <- w - rate v,   g = d/dw F(B; w).
 * Source: Huang et al. (ICLR 2021), released code: clipping and weight decay.
 */
import type { Follower, Rows } from '@theriac/game';
import { norm } from '@theriac/tensors';
import type { RandomStream } from '@theriac/tensors';

const [longest, weightDecay] = [5, 5e-4];

export interface Surrogate {
  readonly w: Float32Array;
  readonly velocity: Float32Array;
}

/** One step on a minibatch; both arrays are new. `loss`: before it. */
export async function surrogateStep(
  follower: Follower,
  { w, velocity }: Surrogate,
  rows: Rows,
  { learningRate, momentum }: { readonly learningRate: number; readonly momentum: number },
): Promise<Surrogate & { readonly loss: number }> {
  const { loss, gradient } = await follower.gradient(w, { clean: undefined, nu: rows });
  const length = norm(gradient);
  const factor = length > longest ? longest / length : 1;
  const next = velocity.map((before, k) => momentum * before + factor * gradient[k]! + weightDecay * w[k]!);
  return { w: w.map((value, k) => value - learningRate * next[k]!), velocity: next, loss };
}

/** The rows of minibatch `index` of a training: each pass takes them in another order and leaves a short rest out. */
export function minibatchRows(index: number, count: number, batch: number, random: RandomStream): Int32Array {
  const perPass = Math.max(1, Math.floor(count / batch));
  const order = random
    .fork('order')
    .fork(Math.floor(index / perPass))
    .permutation(count);
  const from = (index % perPass) * batch;
  return Int32Array.from(order.slice(from, from + batch));
}
