/**
 * Rows as an adversary at test time would have them: projected gradient ascent (Madry et al., ICLR 2018),
 *
 *   max over ||x' - x||_inf <= eps of ell(x', y; w):   x_0 = x + uniform(-eps, eps),
 *   x_{t+1} = clip(x_t + step sign(dell/dx (x_t))),    clip to the ball, then to the stored range,
 *
 * all in stored units (pixels in [0, 1]). The model is as when it is used: no dropout, running statistics. Rows that lie outside
 * the stored range are brought into it, as in the published code.
 */
import type { Model, Rows } from '@theriac/game';
import type { RandomStream } from '@theriac/tensors';
import { compile, gradient, ops, tf } from '@theriac/tensors/engine';
import type { Compiled } from '@theriac/tensors/engine';

/** What an adversary is determined by. */
export interface AdversarySettings {
  /** eps, stored units: >= 0. */
  readonly radius: number;
  /** Steps, >= 1. */
  readonly steps: number;
  /** Length of a step in each feature, stored units: > 0. */
  readonly stepSize: number;
}

/** What one stored unit is in model input, feature by feature, and the stored range there, where there is one. */
export interface StoredUnits {
  /** [features]. */
  readonly unit: Float32Array;
  /** [features] each. */
  readonly range: { readonly low: Float32Array; readonly high: Float32Array } | undefined;
}

/** Ascends on the loss of rows. */
export interface Adversary {
  /** The rows moved, as new rows in model input; `random` draws where they start. */
  moved(w: Float32Array, rows: Rows, random: RandomStream): Rows;
  /** Frees the compiled graphs. */
  dispose(): void;
}

/** Activations and input values taken at once. */
const mostValues = 1 << 24;

/** An adversary of `model`. The caller disposes. */
export function adversaryOf(model: Model, settings: AdversarySettings, stored: StoredUnits): Adversary {
  const { features } = model;
  const graphs = new Map<number, Compiled>();
  const { radius, stepSize, steps } = settings;
  const largest = Math.max(1, Math.floor(mostValues / (model.activations + features)));
  const least = stored.range?.low ?? new Float32Array(features).fill(-Infinity);
  const most = stored.range?.high ?? new Float32Array(features).fill(Infinity);

  /** One step of ascent from x, around the rows x0. */
  const ascend = (...inputs: tf.Tensor[]): tf.Tensor[] => {
    const [x0, y, w, ball, length, low, high, x] = inputs as [
      tf.Tensor2D,
      tf.Tensor1D,
      tf.Tensor1D,
      tf.Tensor1D,
      tf.Tensor1D,
      tf.Tensor1D,
      tf.Tensor1D,
      tf.Tensor2D,
    ];
    const rows = x.shape[0];
    const labels = ops.oneHot(y, model.classes);
    const each = tf.ones<tf.Rank.R1>([rows]);
    const { gradient: slope } = gradient(
      (flat) => ops.crossEntropy(labels, model.logits(w, flat.reshape([rows, features])), each),
      x.reshape<tf.Tensor1D>([rows * features]),
    );
    const further = tf.add(x, tf.mul(tf.sign(slope.reshape([rows, features])), length));
    const within = tf.maximum(tf.minimum(further, tf.add(x0, ball)), tf.sub(x0, ball));
    return [tf.maximum(tf.minimum(within, high), low)];
  };

  function movedPart(w: tf.Tensor1D, shared: readonly tf.Tensor[], rows: Rows, start: Float32Array): Float32Array {
    const { count } = rows;
    const x0 = tf.tensor2d(rows.x.slice(), [count, features]);
    const fixed = [x0, tf.tensor1d(Int32Array.from(rows.y), 'int32'), w, ...shared];
    let x: tf.Tensor = tf.tensor2d(start, [count, features]);
    for (let step = 0; step < steps; step++) {
      const graph = graphs.get(count) ?? compile(ascend, [...fixed, x]);
      graphs.set(count, graph);
      const [next] = graph(...fixed, x);
      x.dispose();
      x = next as tf.Tensor;
    }
    const values = x.dataSync<'float32'>();
    tf.dispose([x, ...fixed.slice(0, 2)]);
    return values;
  }

  return {
    moved(parameters, rows, random) {
      const ball = stored.unit.map((unit) => radius * unit);
      const w = tf.tensor1d(parameters);
      const length = stored.unit.map((unit) => stepSize * unit);
      const shared = [ball, length, least, most].map((values) => tf.tensor1d(values));
      const x = new Float32Array(rows.x.length);
      const piece = Math.ceil(rows.count / Math.ceil(rows.count / largest));
      for (let from = 0; from < rows.count; from += piece) {
        const to = Math.min(from + piece, rows.count);
        const values = rows.x.subarray(from * features, to * features);
        const start = new Float32Array(values.length);
        random.fillUniform(start, -1, 1);
        for (let k = 0, feature = 0; k < start.length; k++) {
          const begun = values[k]! + ball[feature]! * start[k]!;
          start[k] = Math.max(Math.min(begun, most[feature]!), least[feature]!);
          if (++feature === features) feature = 0;
        }
        const part = { x: values, y: rows.y.subarray(from, to), count: to - from, features };
        x.set(movedPart(w, shared, part, start), from * features);
      }
      tf.dispose([w, ...shared]);
      return { ...rows, x };
    },
    dispose() {
      for (const graph of graphs.values()) graph.dispose();
      graphs.clear();
    },
  };
}
