/** Scores on the test split: CE = -(1/N) sum_j log p_{y_j}(x_j; w), accuracy, per class, confusion. */
import type { Model, Rows } from '@theriac/game';
import { TheriacError } from '@theriac/tensors';
import { compile, tf } from '@theriac/tensors/engine';
import type { Compiled } from '@theriac/tensors/engine';
import type { ModelScore } from './methods';

/** A test split held in memory, ready to score any number of models. */
export interface Scorer {
  score(w: Float32Array): ModelScore;
  dispose(): void;
}

/** Rows scored at once. */
const chunk = 2000;

/** Holds `test` for `model`. The caller disposes. */
export function createScorer(model: Model, test: Rows): Scorer {
  const pieces: tf.Tensor2D[] = [];
  for (let from = 0; from < test.count; from += chunk) {
    const to = Math.min(from + chunk, test.count);
    pieces.push(tf.tensor2d(test.x.slice(from * test.features, to * test.features), [to - from, test.features]));
  }
  const graphs = new Map<number, Compiled>();
  const forward = (x: tf.Tensor, w: tf.Tensor): tf.Tensor[] => [model.logits(w as tf.Tensor1D, x as tf.Tensor2D)];

  return {
    score(parameters) {
      const w = tf.tensor1d(parameters);
      const tally = createTally(model.classes);
      let from = 0;
      for (const x of pieces) {
        const graph = graphs.get(x.shape[0]) ?? compile(forward, [x, w]);
        graphs.set(x.shape[0], graph);
        const outputs = graph(x, w);
        const logits = (outputs[0] as tf.Tensor).dataSync<'float32'>();
        tally.add(logits, test.y.subarray(from, from + x.shape[0]));
        from += x.shape[0];
        tf.dispose(outputs);
      }
      w.dispose();
      return tally.score();
    },
    dispose() {
      tf.dispose(pieces);
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
