/**
 * Differential oracles of F(rows; w) = (1/N) sum_j ell(z_j; w), the mean cross-entropy over rows.
 *
 *   gradient              g = dF/dw                                  [p]
 *   hessianVectorProduct  H v = d/dw <g, v>                          [p]
 *   mixedProduct          d/dx_j <g, v> for every row j              [count, features]
 *
 * Rows are taken in chunks of a fixed size, so that one compiled graph serves any number of them; sums over chunks are
 * kept in float64. Source: Lu, Kamath, Yu (TMLR 2022), eqs. 4-6; closed forms of softmax regression are the tests' oracle.
 */
import { tf } from '@theriac/tensors/engine';
import type { Compiled } from '@theriac/tensors/engine';
import { graphShelf } from './graph-shelf';
import { lossGraphs } from './loss-graphs';
import type { Graph } from './loss-graphs';
import type { Model } from './model';
import type { RowData, Rows } from './rows';
import { rowsBetween } from './rows';

/** Derivatives of the mean cross-entropy; plain arrays in and out, float32. */
export interface Oracles {
  readonly model: Model;
  /** Most rows taken at once. */
  readonly chunk: number;
  /** F(rows; w) in nats and its gradient [p]. */
  gradient(w: Float32Array, rows: RowData): { loss: number; gradient: Float32Array };
  /** H v [p], H the Hessian of the mean loss. */
  hessianVectorProduct(w: Float32Array, v: Float32Array, rows: RowData): Float32Array;
  /** d/dx <g(rows; w), v> [count * features], g the mean over the rows. */
  mixedProduct(w: Float32Array, v: Float32Array, rows: RowData): Float32Array;
  /** Logits [count * classes]. */
  logits(w: Float32Array, rows: RowData): Float32Array;
  /** Frees the compiled graphs. */
  dispose(): void;
}

type Kind = 'gradient' | 'product' | 'mixed' | 'logits';

/** Most compiled graphs kept at once; the least recently used goes first. */
const graphsKept = 12;

/** Oracles of `model`. `chunk` is the most rows taken at once. The caller disposes. */
export function createOracles(model: Model, { chunk = defaultChunk(model) }: { chunk?: number } = {}): Oracles {
  const graphs = graphShelf(graphsKept);

  const { gradient, product, mixed } = lossGraphs(model);
  const functions: Record<Kind, Graph> = {
    gradient,
    product,
    mixed,
    logits: (x, _y, _weights, w) => [model.logits(w as tf.Tensor1D, x as tf.Tensor2D)],
  };

  const graphOf = (kind: Kind, size: number, examples: tf.Tensor[]): Compiled =>
    graphs.graph(`${kind}/${size}`, functions[kind], examples);

  /** Runs `kind` on every chunk; `take` gets the plain results and the chunk's first row and number of real rows. */
  function overChunks(
    kind: Kind,
    rows: RowData,
    vectors: readonly Float32Array[],
    take: (results: Float32Array[], from: number, count: number) => void,
  ): void {
    const size = chunkSize(rows.count, chunk);
    const weight = 1 / rows.count;
    const shared = vectors.map((vector) => tf.tensor1d(vector));
    try {
      for (let from = 0; from < rows.count; from += size) {
        const part = padded(rowsBetween(rows, from, Math.min(from + size, rows.count)), size, weight);
        const inputs = [
          tf.tensor2d(part.x, [size, rows.features]),
          tf.tensor1d(part.y, 'int32'),
          tf.tensor1d(part.weights),
          ...shared,
        ];
        const outputs = graphOf(kind, size, inputs)(...inputs);
        take(
          outputs.map((output) => output.dataSync<'float32'>()),
          from,
          part.count,
        );
        tf.dispose(outputs);
        tf.dispose(inputs.slice(0, 3));
      }
    } finally {
      tf.dispose(shared);
    }
  }

  return {
    model,
    chunk,
    gradient(w, rows) {
      let sum: Sum;
      let loss = 0;
      overChunks('gradient', rows, [w], ([value, g]) => {
        loss += value?.[0] ?? NaN;
        sum = added(sum, g);
      });
      return { loss, gradient: total(sum, w.length) };
    },
    hessianVectorProduct(w, v, rows) {
      let sum: Sum;
      overChunks('product', rows, [w, v], ([product]) => {
        sum = added(sum, product);
      });
      return total(sum, w.length);
    },
    mixedProduct(w, v, rows) {
      const length = rows.count * rows.features;
      let out: Float32Array | undefined;
      overChunks('mixed', rows, [w, v], ([product], from, count) => {
        if (product?.length === length) {
          out = product;
          return;
        }
        out ??= new Float32Array(length);
        out.set(product?.subarray(0, count * rows.features) ?? [], from * rows.features);
      });
      return out ?? new Float32Array(length);
    },
    logits(w, rows) {
      const out = new Float32Array(rows.count * model.classes);
      overChunks('logits', rows, [w], ([z], from, count) => {
        if (z !== undefined) out.set(z.subarray(0, count * model.classes), from * model.classes);
      });
      return out;
    },
    dispose: graphs.dispose,
  };
}

/**
 * About two million input values at once: they stay in the cache, and the calls stay few. Where layers make much more of
 * them than they are, about eight million activations: a derivative keeps them some six times, 200 MB.
 */
function defaultChunk({ features, activations }: Model): number {
  const rows = Math.min((1 << 21) / features, (1 << 23) / activations);
  return Math.max(16, Math.min(4096, Math.floor(rows)));
}

/** Rows of each chunk: where chunks are few, as even as they can be, so that the last one is not mostly padding. */
function chunkSize(count: number, most: number): number {
  const chunks = Math.ceil(count / most);
  return chunks <= 8 ? Math.ceil(count / Math.max(1, chunks)) : most;
}

/** The rows with weights 1/|rows| of the whole, and as many of weight 0 as are missing. */
function padded(
  rows: Rows,
  size: number,
  weight: number,
): { x: Float32Array; y: Int32Array; weights: Float32Array; count: number } {
  const weights = new Float32Array(size).fill(weight, 0, rows.count);
  const y = new Int32Array(size);
  y.set(rows.y);
  if (rows.count === size) return { x: rows.x, y, weights, count: size };
  const x = new Float32Array(size * rows.features);
  x.set(rows.x);
  return { x, y, weights, count: rows.count };
}

/** A sum over chunks: the only part as it is, or several in float64. */
type Sum = Float32Array | Float64Array | undefined;

function added(sum: Sum, part: Float32Array | undefined): Sum {
  if (sum === undefined || part === undefined) return sum ?? part;
  const wide = sum instanceof Float64Array ? sum : new Float64Array(sum);
  for (let k = 0; k < wide.length; k++) wide[k] = (wide[k] as number) + (part[k] as number);
  return wide;
}

function total(sum: Sum, length: number): Float32Array {
  if (sum === undefined) return new Float32Array(length);
  return sum instanceof Float32Array ? sum : new Float32Array(sum);
}
