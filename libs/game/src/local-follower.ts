/**
 * The follower computed here, from the model's definition: F(B; w) over rows of mu and poison rows. Batches that are used
 * again stay in the engine; those too large for that go through the oracles.
 */
import { TheriacError, norm } from '@theriac/tensors';
import { conjugateGradient, conjugateGradientNormal, tf, valuesOf } from '@theriac/tensors/engine';
import type { LinearSolution } from '@theriac/tensors/engine';
import type { Batch, Follower, InverseSolver } from './follower';
import { followerGraphs } from './follower-graphs';
import type { Oracles } from './oracles';
import { residentBatches, rowsOf } from './resident-batches';
import type { ResidentBatch, ResidentChunk } from './resident-batches';
import type { RowData } from './rows';

/** A follower that is here: it can say more, and holds memory of the engine. */
export interface LocalFollower extends Follower {
  inverseHessianVectorProduct(
    w: Float32Array,
    v: Float32Array,
    batch: Batch,
    solver: InverseSolver,
  ): Promise<{
    readonly product: Float32Array;
    readonly relativeResidual: number;
    readonly iterations: number;
    readonly stopped: LinearSolution['stopped'];
  }>;
  /** Frees batches and graphs; it can be used again, at the price of making them anew. */
  dispose(): void;
}

/** Rows times parameters up to which a whole loop is one graph; beyond it, or with convolutions, recording it costs more than it saves. */
const fusedWork = 2 ** 28;
/** Most steps of a descent in one graph. */
const stepsOfOneGraph = 64;

/** A follower over `clean`, by these oracles, which the caller disposes too. */
export function localFollower(oracles: Oracles, clean: RowData): LocalFollower {
  const { model } = oracles;
  const batches = residentBatches(clean, oracles.chunk);
  const graphs = followerGraphs(model);
  const convolutional = model.layout.views.some(({ shape }) => shape.length > 2);

  /** The one chunk of a batch whose loops are worth a graph. */
  function fused(batch: ResidentBatch): ResidentChunk | undefined {
    const small = !convolutional && batch.count * model.layout.size <= fusedWork;
    return small && batch.chunks.length === 1 ? batch.chunks[0] : undefined;
  }

  /** H v on the engine, over all chunks. */
  const productOver =
    ({ chunks }: ResidentBatch, w: tf.Tensor1D) =>
    (v: tf.Tensor1D): tf.Tensor1D =>
      tf.tidy(() => sumOf(chunks.map((chunk) => graphs.product(chunk, w, v))));

  /** H v by the oracles. */
  const productByOracles =
    (w: Float32Array, rows: RowData) =>
    (v: tf.Tensor1D): tf.Tensor1D =>
      tf.tensor1d(oracles.hessianVectorProduct(w, v.dataSync<'float32'>(), rows));

  /** F and dF/dw on the engine, over all chunks. */
  function gradientOver({ chunks }: ResidentBatch, w: tf.Tensor1D): [tf.Tensor1D, tf.Tensor1D] {
    const parts = chunks.map((chunk) => graphs.gradient(chunk, w));
    const summed = (k: 0 | 1): tf.Tensor1D => sumOf(parts.map((part) => part[k] as tf.Tensor1D));
    return [summed(0), summed(1)];
  }

  function solvedAtOnce(chunk: ResidentChunk, w: Float32Array, v: Float32Array, iterations: number) {
    const [product, rest] = valuesOf(() => graphs.normal(chunk, vector(w), vector(v), iterations)) as [
      Float32Array,
      Float32Array,
    ];
    const scale = norm(v);
    const relativeResidual = scale === 0 ? 0 : norm(rest) / scale;
    if (!Number.isFinite(relativeResidual)) throw notFinite(relativeResidual);
    return { product, relativeResidual, iterations, stopped: 'budget' as const };
  }

  return {
    async gradient(w, batch) {
      const resident = batches.find(batch);
      if (resident === undefined) return oracles.gradient(w, rowsOf(clean, batch));
      const [loss, gradient] = valuesOf(() => gradientOver(resident, vector(w))) as [Float32Array, Float32Array];
      return { loss: loss[0] as number, gradient };
    },

    async hessianVectorProduct(w, v, batch) {
      const resident = batches.find(batch);
      if (resident === undefined) return oracles.hessianVectorProduct(w, v, rowsOf(clean, batch));
      return valuesOf(() => [productOver(resident, vector(w))(vector(v))])[0] as Float32Array;
    },

    async inverseHessianVectorProduct(w, v, batch, { kind, iterations, damping, tolerance }) {
      const resident = batches.find(batch);
      const chunk = resident && fused(resident);
      if (chunk !== undefined && kind === 'cgnr' && tolerance === 0 && damping === 0)
        return solvedAtOnce(chunk, w, v, iterations);
      const [at, b] = [vector(w), vector(v)];
      const matVec = resident === undefined ? productByOracles(w, rowsOf(clean, batch)) : productOver(resident, at);
      try {
        const solve = kind === 'cgnr' ? conjugateGradientNormal : conjugateGradient;
        const { solution, ...found } = solve(matVec, b, { iterations, damping, tolerance });
        const product = solution.dataSync<'float32'>();
        solution.dispose();
        return { product, ...found };
      } finally {
        tf.dispose([at, b]);
      }
    },

    async poisonVectorProduct(w, v, { clean: range, nu }) {
      if (nu === undefined || nu.count === 0) return new Float32Array(0);
      const share = nu.count / (nu.count + (range === undefined ? 0 : range.to - range.from));
      const alone = { clean: undefined, nu };
      const resident = batches.find(alone);
      const product = resident === undefined ? oracles.mixedProduct(w, v, nu) : mixedOver(resident, w, v, nu.features);
      return share === 1 ? product : product.map((value) => value * share);
    },

    async descend(w, batch, { steps, learningRate }) {
      if (steps === 0) return w.slice();
      const resident = batches.find(batch);
      if (resident === undefined) return slowDescent(oracles, w, rowsOf(clean, batch), steps, learningRate);
      const chunk = fused(resident);
      const descent = (): tf.Tensor1D => {
        const rate = tf.scalar(learningRate);
        if (chunk !== undefined && steps <= stepsOfOneGraph) return graphs.descent(chunk, vector(w), rate, steps);
        let u = vector(w);
        for (let step = 0; step < steps; step++)
          u = tf.tidy((): tf.Tensor1D => tf.sub(u, tf.mul(gradientOver(resident, u)[1], rate)));
        return u;
      };
      return valuesOf(() => [descent()])[0] as Float32Array;
    },

    dispose() {
      batches.dispose();
      graphs.dispose();
    },
  };

  /** The mixed product of every row, the padding left out. */
  function mixedOver(batch: ResidentBatch, w: Float32Array, v: Float32Array, features: number): Float32Array {
    const out = new Float32Array(batch.count * features);
    batch.chunks.forEach((chunk, k) => {
      const part = valuesOf(() => [graphs.mixed(chunk, vector(w), vector(v))])[0] as Float32Array;
      out.set(part.subarray(0, chunk.count * features), k * batch.size * features);
    });
    return out;
  }
}

function notFinite(found: number): TheriacError {
  return new TheriacError('The normal equations have no solution in 32-bit floats.', {
    code: 'ABORTED',
    field: 'linear system',
    found: String(found),
    allowed: 'a finite residual',
    remedy: 'Check that parameters and data are finite, or scale the vector down.',
  });
}

function slowDescent(oracles: Oracles, w: Float32Array, rows: RowData, steps: number, rate: number): Float32Array {
  let u = w;
  for (let step = 0; step < steps; step++) {
    const { gradient } = oracles.gradient(u, rows);
    u = u.map((value, k) => value - rate * (gradient[k] as number));
  }
  return u;
}

/** A copy: tfjs uploads late, and the caller may go on writing. */
const vector = (values: Float32Array): tf.Tensor1D => tf.tensor1d(values.slice());

function sumOf(parts: readonly tf.Tensor1D[]): tf.Tensor1D {
  return parts.reduce((sum, part): tf.Tensor1D => tf.add(sum, part));
}
