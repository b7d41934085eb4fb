/** Scores on the test split: CE = -(1/N) sum_j log p_{y_j}(x_j; w), accuracy, per class, confusion. */
import type { Model, RowData } from '@theriac/game';
import { isHeld, rowsBetween } from '@theriac/game';
import { TheriacError } from '@theriac/tensors';
import { compile, tf } from '@theriac/tensors/engine';
import type { Compiled } from '@theriac/tensors/engine';
import type { ModelScore } from './methods';

/** A test split, ready to score any number of models. */
export interface Scorer {
  /** `pause` is awaited after every piece of the split. Throws ABORTED where the loss is not finite. */
  score(w: Float32Array, pause: () => Promise<void>): Promise<ModelScore>;
  dispose(): void;
}

/** How a test split is taken: in equal pieces of at most `rowsAtOnce`, kept in the engine or made anew for every model. */
export interface Pieces {
  readonly rowsAtOnce: number;
  readonly kept: boolean;
}

/** Scores on `test`. The caller disposes, when nothing is being scored. */
export function createScorer(model: Model, test: RowData, { rowsAtOnce, kept }: Pieces): Scorer {
  const { count, features, y } = test;
  const size = Math.ceil(count / Math.ceil(count / rowsAtOnce));
  const upload = (from: number): tf.Tensor2D => {
    const { x, count: rows } = rowsBetween(test, from, Math.min(from + size, count));
    return tf.tensor2d(isHeld(test) ? x.slice() : x, [rows, features]);
  };
  const starts = Array.from({ length: Math.ceil(count / size) }, (_, piece) => piece * size);
  const resident = kept ? starts.map(upload) : undefined;
  const graphs = new Map<number, Compiled>();
  const forward = (x: tf.Tensor, w: tf.Tensor): tf.Tensor[] => [model.logits(w as tf.Tensor1D, x as tf.Tensor2D)];

  function logits(x: tf.Tensor2D, w: tf.Tensor1D): Float32Array {
    const graph = graphs.get(x.shape[0]) ?? compile(forward, [x, w]);
    graphs.set(x.shape[0], graph);
    const outputs = graph(x, w);
    const values = (outputs[0] as tf.Tensor).dataSync<'float32'>();
    tf.dispose(outputs);
    return values;
  }

  return {
    async score(parameters, pause) {
      const w = tf.tensor1d(parameters);
      const tally = createTally(model.classes);
      try {
        for (const [piece, from] of starts.entries()) {
          const x = resident?.[piece] ?? upload(from);
          tally.add(logits(x, w), y.subarray(from, from + x.shape[0]));
          if (resident === undefined) x.dispose();
          await pause();
        }
      } finally {
        w.dispose();
      }
      return tally.score();
    },
    dispose() {
      tf.dispose(resident ?? []);
      for (const graph of graphs.values()) graph.dispose();
      graphs.clear();
    },
  };
}

function createTally(classes: number): {
  add(logits: Float32Array, labels: ArrayLike<number>): void;
  score(): ModelScore;
} {
  const confusion = new Int32Array(classes * classes);
  let loss = 0;
  return {
    add(logits, labels) {
      for (let row = 0; row < labels.length; row++) {
        const z = logits.subarray(row * classes, (row + 1) * classes);
        const label = labels[row] as number;
        let best = 0;
        for (let k = 1; k < classes; k++) if ((z[k] as number) > (z[best] as number)) best = k;
        const top = z[best] as number;
        let sum = 0;
        for (let k = 0; k < classes; k++) sum += Math.exp((z[k] as number) - top);
        loss += Math.log(sum) + top - (z[label] as number);
        const cell = label * classes + best;
        confusion[cell] = (confusion[cell] as number) + 1;
      }
    },
    score() {
      const totals = Array.from({ length: classes }, (_, k) =>
        confusion.subarray(k * classes, (k + 1) * classes).reduce((sum, count) => sum + count, 0),
      );
      const right = totals.map((_, k) => confusion[k * classes + k] as number);
      const count = totals.reduce((sum, total) => sum + total, 0);
      if (!Number.isFinite(loss)) throw notFinite();
      return {
        loss: loss / count,
        accuracy: right.reduce((sum, hits) => sum + hits, 0) / count,
        perClass: right.map((hits, k) => hits / Math.max(1, totals[k] as number)),
        confusion,
      };
    },
  };
}

function notFinite(): TheriacError {
  return new TheriacError('The loss on the test split is not finite.', {
    code: 'ABORTED',
    field: 'parameters',
    found: 'parameters whose logits overflow',
    allowed: 'parameters with finite logits',
    remedy: 'Train again with a protocol that does not diverge.',
  });
}
