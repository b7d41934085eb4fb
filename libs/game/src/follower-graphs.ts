/**
 * The follower's derivatives over resident rows as compiled graphs. With weights u_j = 1/|B| of a chunk, F = sum_j u_j ell(z_j; w):
 *   gradient   F, dF/dw                      product  H v                        mixed  d/dx <dF/dw, v>
 *   descent    w <- w - rate dF/dw, k times, in one graph
 *   normal     q = 0, r = b, d = s = H r ;  k times, in one graph:
 *              alpha = <s,s> / <Hd,Hd> ; q += alpha d ; r -= alpha Hd ; s' = H r ; d <- s' + (<s',s'> / <s,s>) d
 * the last being the published 16 steps on H^2 q = H b (Lu, Kamath and Yu, TMLR 2022) in the form CGLS.
 */
import { gradient, hessianVectorProduct, tf } from '@theriac/tensors/engine';
import { graphShelf } from './graph-shelf';
import { lossGraphs } from './loss-graphs';
import type { Graph } from './loss-graphs';
import type { Model } from './model';
import type { ResidentChunk } from './resident-batches';

/** Compiled derivatives of one model; tensors in and out. The caller disposes results. */
export interface FollowerGraphs {
  /** F and dF/dw [p] of a chunk. */
  gradient(chunk: ResidentChunk, w: tf.Tensor1D): [tf.Tensor, tf.Tensor];
  /** H v [p] of a chunk. */
  product(chunk: ResidentChunk, w: tf.Tensor1D, v: tf.Tensor1D): tf.Tensor1D;
  /** d/dx <dF/dw, v> [size, features] of a chunk. */
  mixed(chunk: ResidentChunk, w: tf.Tensor1D, v: tf.Tensor1D): tf.Tensor2D;
  /** w [p] after `steps` steps of length `rate` on one chunk. */
  descent(chunk: ResidentChunk, w: tf.Tensor1D, rate: tf.Scalar, steps: number): tf.Tensor1D;
  /** q [p] after `iterations` of CGLS from 0 on one chunk, and b - H q [p]. */
  normal(chunk: ResidentChunk, w: tf.Tensor1D, b: tf.Tensor1D, iterations: number): [tf.Tensor1D, tf.Tensor1D];
  dispose(): void;
}

/** Most graphs kept; the least recently used goes first. */
const graphsKept = 16;
/** Below every squared norm that matters in 32 bits: where one vanishes there is nothing left to solve. */
const tiny = 1e-37;

/** Graphs of `model`. The caller disposes. */
export function followerGraphs(model: Model): FollowerGraphs {
  const graphs = graphShelf(graphsKept);
  const functions = lossGraphs(model);

  function run(name: string, f: Graph, inputs: tf.Tensor[]): tf.Tensor[] {
    return graphs.graph(`${name}/${inputs[0]?.shape[0]}`, f, inputs)(...inputs);
  }

  const rowsOf = ({ x, y, weights }: ResidentChunk): tf.Tensor[] => [x, y, weights];

  return {
    gradient: (chunk, w) => run('gradient', functions.gradient, [...rowsOf(chunk), w]) as [tf.Tensor, tf.Tensor],
    product: (chunk, w, v) => run('product', functions.product, [...rowsOf(chunk), w, v])[0] as tf.Tensor1D,
    mixed: (chunk, w, v) => run('mixed', functions.mixed, [...rowsOf(chunk), w, v])[0] as tf.Tensor2D,
    descent(chunk, w, rate, steps) {
      const f: Graph = (x, y, weights, from, length) => {
        const loss = functions.loss(x, y, weights);
        let u = from as tf.Tensor1D;
        for (let step = 0; step < steps; step++) u = tf.sub(u, tf.mul(gradient(loss, u).gradient, length));
        return [u];
      };
      return run(`descent ${steps}`, f, [...rowsOf(chunk), w, rate])[0] as tf.Tensor1D;
    },
    normal(chunk, w, b, iterations) {
      const f: Graph = (x, y, weights, u, right) => {
        const loss = functions.loss(x, y, weights);
        return leastSquares((v) => hessianVectorProduct(loss, u as tf.Tensor1D, v), right as tf.Tensor1D, iterations);
      };
      return run(`normal ${iterations}`, f, [...rowsOf(chunk), w, b]) as [tf.Tensor1D, tf.Tensor1D];
    },
    dispose: graphs.dispose,
  };
}

/** q after `iterations` steps of CGLS on H q = b from 0, and the true b - H q. */
function leastSquares(product: (v: tf.Tensor1D) => tf.Tensor1D, b: tf.Tensor1D, iterations: number): tf.Tensor[] {
  let q: tf.Tensor1D = tf.zerosLike(b);
  let r = b;
  let s = product(r);
  let d = s;
  let squared = inner(s, s);
  for (let k = 0; k < iterations; k++) {
    const hd = product(d);
    const alpha = tf.div(squared, tf.maximum(inner(hd, hd), tiny));
    q = tf.add(q, tf.mul(d, alpha));
    r = tf.sub(r, tf.mul(hd, alpha));
    s = product(r);
    const next = inner(s, s);
    d = tf.add(s, tf.mul(d, tf.div(next, tf.maximum(squared, tiny))));
    squared = next;
  }
  return [q, tf.sub(b, product(q))];
}

const inner = (a: tf.Tensor, b: tf.Tensor): tf.Scalar => tf.sum(tf.mul(a, b));
