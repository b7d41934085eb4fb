/** The follower computed here, from the model's definition: F(B; w) over rows of mu and poison rows. */
import { conjugateGradient, conjugateGradientNormal, tf } from '@theriac/tensors/engine';
import type { LinearSolution } from '@theriac/tensors/engine';
import type { Batch, Follower, InverseSolver } from './follower';
import type { Oracles } from './oracles';
import { joinedRows, rowsBetween } from './rows';
import type { RowData } from './rows';

/** A follower that is here, and can say more. */
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
}

/** A follower over `clean`, by these oracles. The caller disposes the oracles. */
export function localFollower(oracles: Oracles, clean: RowData): LocalFollower {
  return {
    gradient: async (w, batch) => oracles.gradient(w, rowsOf(clean, batch)),
    hessianVectorProduct: async (w, v, batch) => oracles.hessianVectorProduct(w, v, rowsOf(clean, batch)),
    async inverseHessianVectorProduct(w, v, batch, { kind, iterations, damping, tolerance }) {
      const rows = rowsOf(clean, batch);
      const b = tf.tensor1d(v.slice());
      const matVec = (u: tf.Tensor1D): tf.Tensor1D =>
        tf.tensor1d(oracles.hessianVectorProduct(w, u.dataSync<'float32'>(), rows));
      const solve = kind === 'cgnr' ? conjugateGradientNormal : conjugateGradient;
      const found = solve(matVec, b, { iterations, damping, tolerance });
      const product = found.solution.dataSync<'float32'>();
      tf.dispose([b, found.solution]);
      const { relativeResidual, stopped } = found;
      return { product, relativeResidual, iterations: found.iterations, stopped };
    },
    async poisonVectorProduct(w, v, { clean: range, nu }) {
      if (nu === undefined) return new Float32Array(0);
      const total = nu.count + (range === undefined ? 0 : range.to - range.from);
      return oracles.mixedProduct(w, v, nu).map((value) => (value * nu.count) / total);
    },
    async descend(w, batch, { steps, learningRate }) {
      const rows = rowsOf(clean, batch);
      let u = w;
      for (let step = 0; step < steps; step++) {
        const { gradient } = oracles.gradient(u, rows);
        u = u.map((value, k) => value - learningRate * (gradient[k] as number));
      }
      return u;
    },
  };
}

function rowsOf(clean: RowData, { clean: range, nu }: Batch): RowData {
  if (range === undefined) return nu as RowData;
  const own = range.to - range.from === clean.count ? clean : rowsBetween(clean, range.from, range.to);
  return nu === undefined ? own : joinedRows(own, nu);
}
