/**
 * Scores on the test split: CE = -(1/N) sum_j log p_{y_j}(x_j; w), accuracy, per class, confusion; and of each signal g the
 * share of rows with f(g(x)) = y*, or, where it has no y*, with f(g(x)) = f(x). An ensemble answers by majority vote.
 */
import type { Model, RowData, Signal } from '@theriac/game';
import { isHeld, majorityVote, rowsBetween } from '@theriac/game';
import { TheriacError } from '@theriac/tensors';
import { compile, tf } from '@theriac/tensors/engine';
import type { Compiled } from '@theriac/tensors/engine';
import type { ModelScore } from './methods';

/** A test split, ready to score any number of models. */
export interface Scorer {
  /**
   * `members` holds one w [p], or those of an ensemble, whose loss is the mean of its members'. `pause` is awaited after every
   * piece of the split; the values of `signals` are in model-input units. Throws ABORTED where the loss is not finite.
   */
  score(members: readonly Float32Array[], pause: () => Promise<void>, signals?: readonly Signal[]): Promise<ModelScore>;
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

  /** What `members` answer to rows x with these labels, together. */
  async function answersOf(
    x: tf.Tensor2D,
    members: readonly tf.Tensor1D[],
    labels: ArrayLike<number>,
    pause: () => Promise<void>,
  ): Promise<Answers> {
    const { classes } = model;
    const rows = x.shape[0];
    const counts = new Int32Array(rows * classes);
    let loss = 0;
    for (const w of members) {
      const z = logits(x, w);
      loss += lossOf(z, labels, classes) / members.length;
      classesOf(z, classes).forEach((answer, row) => (counts[row * classes + answer]! += 1));
      if (members.length > 1) await pause();
    }
    const votes = Array.from({ length: rows }, (_, row) =>
      majorityVote(counts.subarray(row * classes, (row + 1) * classes)),
    );
    return {
      loss,
      answers: Int32Array.from(votes, ({ winner }) => winner),
      certificates: Int32Array.from(votes, ({ winner, certificate }, row) =>
        winner === labels[row] ? certificate : -1,
      ),
    };
  }

  return {
    async score(parameters, pause, signals = []) {
      const members = parameters.map((w) => tf.tensor1d(w));
      const tally = createTally(model.classes);
      const hits = signals.map(() => 0);
      const certificates = new Int32Array(count);
      try {
        for (const [piece, from] of starts.entries()) {
          const x = resident?.[piece] ?? upload(from);
          const labels = y.subarray(from, from + x.shape[0]);
          const seen = await answersOf(x, members, labels, pause);
          tally.add(seen, labels);
          certificates.set(seen.certificates, from);
          for (const [k, signal] of signals.entries()) {
            const planted = withPlanted(x, signal);
            const { answers } = await answersOf(planted, members, labels, pause);
            planted.dispose();
            hits[k]! += answers.filter((answer, row) => answer === (signal.target ?? seen.answers[row])).length;
          }
          if (resident === undefined) x.dispose();
          await pause();
        }
      } finally {
        tf.dispose(members);
      }
      const voted = members.length > 1 ? { certificates } : {};
      return { ...tally.score(), ...voted, success: hits.map((rows) => rows / count) };
    },
    dispose() {
      tf.dispose(resident ?? []);
      for (const graph of graphs.values()) graph.dispose();
      graphs.clear();
    },
  };
}

/** Answers to some rows. */
interface Answers {
  /** Sum over the rows. */
  readonly loss: number;
  readonly answers: Int32Array;
  /** Of the vote, -1 where it is wrong. */
  readonly certificates: Int32Array;
}

function createTally(classes: number): {
  add(found: Answers, labels: ArrayLike<number>): void;
  score(): Omit<ModelScore, 'success'>;
} {
  const confusion = new Int32Array(classes * classes);
  let loss = 0;
  return {
    add({ loss: own, answers }, labels) {
      loss += own;
      for (let row = 0; row < labels.length; row++) confusion[labels[row]! * classes + answers[row]!]! += 1;
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

/** g(x) of rows in model-input space. The caller disposes. */
function withPlanted(x: tf.Tensor2D, { features, values }: Signal): tf.Tensor2D {
  const keep = new Float32Array(x.shape[1]).fill(1);
  const planted = new Float32Array(x.shape[1]);
  features.forEach((feature, k) => {
    keep[feature] = 0;
    planted[feature] = values[k] as number;
  });
  return tf.tidy(() => tf.add(tf.mul(x, tf.tensor1d(keep)), tf.tensor1d(planted)));
}

/** Sum of the cross-entropies of the rows, nats. */
function lossOf(logits: Float32Array, labels: ArrayLike<number>, classes: number): number {
  let loss = 0;
  for (let row = 0; row < labels.length; row++) {
    const z = logits.subarray(row * classes, (row + 1) * classes);
    let top = z[0] as number;
    for (let k = 1; k < classes; k++) top = Math.max(top, z[k] as number);
    let sum = 0;
    for (let k = 0; k < classes; k++) sum += Math.exp((z[k] as number) - top);
    loss += Math.log(sum) + top - (z[labels[row]!] as number);
  }
  return loss;
}

/** The class of each row: the largest logit, the lowest class of equal ones. */
function classesOf(logits: Float32Array, classes: number): Int32Array {
  return Int32Array.from({ length: logits.length / classes }, (_, row) => {
    let best = row * classes;
    for (let k = best + 1; k < (row + 1) * classes; k++) if ((logits[k] as number) > (logits[best] as number)) best = k;
    return best - row * classes;
  });
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
