/**
 * The defender that the attack reckons with, softmax regression on n clean rows and m poison rows of weight u = eps_d n / m, in the engine.
 * With A = (x, 1), W [features + 1, classes] (row-major: the flat parameter vector), N = n + u m, P = softmax(A W), D = P - Y:
 *   F    = (1/N) sum_i weight_i ell(z_i; W) + ridge/2 |W|^2
 *   g    = (1/N) A' (weight * D) + ridge W
 *   H V  = (1/N) A' (weight * P * (S - rowsum(P * S))) + ridge V,   S = A V
 *   M    = (1/N) sum_i weight_i (1 - sum_k P_ik^2) / (classes - 1) a_i a_i',   H ~ (I - 11'/c) (x) M: the preconditioner
 * Products in 32 bits, everything handed out in 64.
 */
import type { Rows } from '@theriac/game';
import { tf, valuesOf } from '@theriac/tensors/engine';

/** F at a point, and what else can be asked there. */
export interface DefenderPoint {
  readonly w: Float64Array;
  readonly loss: number;
  readonly gradient: Float64Array;
  /** H v. */
  product(v: Float64Array): Float64Array;
  /** M [(features + 1)^2], from the first `rows` clean rows and all poison. */
  moments(rows: number): Float64Array;
  dispose(): void;
}

/** Clean rows and poison in the engine. */
export interface Defender {
  readonly size: number;
  readonly classes: number;
  at(w: Float64Array): DefenderPoint;
  dispose(): void;
}

/** A (x, 1) of these rows, [count, features + 1]. The caller disposes. */
export function withOnes({ x, count, features }: Rows): tf.Tensor2D {
  return tf.tidy(() => tf.concat([tf.tensor2d(x.slice(), [count, features]), tf.ones([count, 1])], 1));
}

const matrix = (v: Float64Array, classes: number): tf.Tensor2D =>
  tf.tensor2d(Float32Array.from(v), [v.length / classes, classes]);

const derivative = (p: tf.Tensor2D, s: tf.Tensor2D): tf.Tensor2D => tf.mul(p, tf.sub(s, tf.sum(tf.mul(p, s), 1, true)));

interface Part {
  readonly a: tf.Tensor2D;
  readonly y: tf.Tensor2D;
  /** Weight of a row in F, over N. */
  readonly share: number;
}

/** The defender on these rows, poison weighing `weight` a row. The caller disposes it and its points. */
export function defenderOn(
  clean: Rows,
  nu: Rows,
  { weight, ridge, classes }: { readonly weight: number; readonly ridge: number; readonly classes: number },
): Defender {
  const size = (clean.features + 1) * classes;
  const total = clean.count + weight * nu.count;
  const parts: Part[] = [clean, nu].map((rows, k) => ({
    a: withOnes(rows),
    y: tf.tidy(
      () => tf.cast(tf.oneHot(tf.tensor1d(Int32Array.from(rows.y), 'int32'), classes), 'float32') as tf.Tensor2D,
    ),
    share: (k === 0 ? 1 : weight) / total,
  }));

  /** sum over parts of share * A' R, plus ridge v, in 64 bits; `r` gives R of each part. */
  function gathered(r: (part: Part, k: number) => tf.Tensor2D, v: Float64Array): Float64Array {
    const sums = valuesOf(() => parts.map((part, k) => tf.matMul(part.a, r(part, k), true, false)));
    return v.map((value, i) => sums.reduce((sum, s, k) => sum + parts[k]!.share * s[i]!, ridge * value));
  }

  return {
    size,
    classes,
    at(w) {
      const at = matrix(w, classes);
      const z = parts.map(({ a }) => tf.matMul(a, at));
      const p = z.map((logits) => tf.softmax(logits) as tf.Tensor2D);
      let loss = (ridge / 2) * w.reduce((sum, value) => sum + value * value, 0);
      parts.forEach(({ y, share }, k) => {
        const sum = tf.tidy(() => tf.neg(tf.sum(tf.mul(tf.logSoftmax(z[k]!), y))).dataSync()[0]!);
        loss += share * sum;
      });
      tf.dispose([at, ...z]);
      return {
        w,
        loss,
        gradient: gathered(({ y }, k) => tf.sub(p[k]!, y), w),
        product: (v) => gathered(({ a }, k) => derivative(p[k]!, tf.matMul(a, matrix(v, classes))), v),
        moments(rows) {
          const side = size / classes;
          const m = new Float64Array(side * side);
          parts.forEach(({ a, share }, k) => {
            const used = k === 0 ? Math.min(rows, a.shape[0]) : a.shape[0];
            const [sums] = valuesOf(() => {
              const part = tf.slice(a, [0, 0], [used, side]);
              const spread = tf.sub(1, tf.sum(tf.square(tf.slice(p[k]!, [0, 0], [used, classes])), 1, true));
              return [tf.matMul(part, tf.mul(part, spread), true, false)];
            }) as [Float32Array];
            const factor = (share * (a.shape[0] / used)) / (classes - 1);
            for (let i = 0; i < m.length; i++) m[i]! += factor * sums[i]!;
          });
          return m;
        },
        dispose: () => tf.dispose(p),
      };
    },
    dispose: () => parts.forEach(({ a, y }) => tf.dispose([a, y])),
  };
}
