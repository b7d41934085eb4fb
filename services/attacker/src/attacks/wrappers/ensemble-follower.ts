/**
 * Several followers as one. Its parameters are those of E surrogates one after another, W = [w_1 .. w_E], and its loss
 *   F(B; W) = (1/E) sum_e F(B; w_e),
 * so that its gradient, Hessian (one block each) and mixed product are what an attack's total gradient needs for the mean of
 * the surrogates' losses. A descent takes the surrogates apart: each goes down its own F(B; w_e).
 */
import type { Follower } from '@theriac/game';

/** A follower over `count` surrogates of `size` parameters each. */
export function ensembleFollower(follower: Follower, count: number, size: number): Follower {
  const part = (values: Float32Array, e: number): Float32Array => values.subarray(e * size, (e + 1) * size);

  /** Asks for each surrogate in turn; the parts, scaled, one after another. */
  async function stacked(ask: (e: number) => Promise<Float32Array>, scale: number): Promise<Float32Array> {
    const all = new Float32Array(count * size);
    for (let e = 0; e < count; e++)
      all.set(
        (await ask(e)).map((value) => value * scale),
        e * size,
      );
    return all;
  }

  return {
    async gradient(w, batch) {
      let loss = 0;
      const gradient = await stacked(async (e) => {
        const found = await follower.gradient(part(w, e), batch);
        loss += found.loss / count;
        return found.gradient;
      }, 1 / count);
      return { loss, gradient };
    },
    hessianVectorProduct: (w, v, batch) =>
      stacked((e) => follower.hessianVectorProduct(part(w, e), part(v, e), batch), 1 / count),
    async inverseHessianVectorProduct(w, v, batch, solver) {
      let [rest, whole, iterations] = [0, 0, 0];
      // H_e / E q_e = v_e.
      const product = await stacked(async (e) => {
        const found = await follower.inverseHessianVectorProduct(part(w, e), part(v, e), batch, solver);
        const squared = part(v, e).reduce((sum, value) => sum + value * value, 0);
        whole += squared;
        rest += squared * found.relativeResidual ** 2;
        iterations = Math.max(iterations, found.iterations);
        return found.product;
      }, count);
      return { product, relativeResidual: whole === 0 ? 0 : Math.sqrt(rest / whole), iterations };
    },
    async poisonVectorProduct(w, v, batch) {
      const values = (batch.nu?.count ?? 0) * (batch.nu?.features ?? 0);
      const sum = new Float64Array(values);
      for (let e = 0; e < count; e++)
        (await follower.poisonVectorProduct(part(w, e), part(v, e), batch)).forEach(
          (value, k) => (sum[k] = sum[k]! + value / count),
        );
      return Float32Array.from(sum);
    },
    descend: (w, batch, how) => stacked((e) => follower.descend(part(w, e), batch, how), 1),
  };
}
