import { randomStream } from '@theriac/tensors';
import { liveTensors, startBackend } from '@theriac/tensors/engine';
import type { Batch, InverseSolver } from './follower';
import { localFollower } from './local-follower';
import type { LocalFollower } from './local-follower';
import type { Model } from './model';
import { createModel } from './models/registry';
import { createOracles } from './oracles';
import type { Oracles } from './oracles';
import { concatenateRows, rowsBetween } from './rows';
import type { Rows } from './rows';
import { regressionGradient, regressionHessianVectorProduct, regressionMixedProduct } from './softmax-regression';

const [features, classes] = [6, 4];
const random = randomStream(3, 'local follower');
const normals = (length: number, scale = 1) => Float32Array.from({ length }, () => scale * random.normal());
const rowsOf = (count: number): Rows => ({
  x: normals(count * features),
  y: Int32Array.from({ length: count }, () => random.integer(classes)),
  count,
  features,
});
const clean = rowsOf(50);
const nu = rowsOf(5);
const some = { from: 10, to: 40 };
const batches: [string, Batch, Rows][] = [
  ['all of mu', { clean: { from: 0, to: 50 }, nu: undefined }, clean],
  ['some of mu', { clean: some, nu: undefined }, rowsBetween(clean, 10, 40)],
  ['nu', { clean: undefined, nu }, nu],
  ['some of mu and nu', { clean: some, nu }, concatenateRows(rowsBetween(clean, 10, 40), nu)],
];

beforeAll(async () => {
  await startBackend();
});

/** Runs with a follower whose chunks are of `chunk` rows; nothing is left behind. */
async function withFollower(
  id: string,
  chunk: number,
  use: (follower: LocalFollower, model: Model, oracles: Oracles) => Promise<void>,
): Promise<void> {
  const before = liveTensors();
  const model = createModel(id, [features], classes);
  const oracles = createOracles(model, { chunk });
  const follower = localFollower(oracles, clean);
  await use(follower, model, oracles);
  follower.dispose();
  oracles.dispose();
  expect(liveTensors()).toBe(before);
}

function expectClose(found: ArrayLike<number>, expected: ArrayLike<number>, tolerance = 1e-5): void {
  expect(found.length).toBe(expected.length);
  let [gap, scale] = [0, 0];
  for (let k = 0; k < expected.length; k++) {
    gap += (found[k]! - expected[k]!) ** 2;
    scale += expected[k]! ** 2;
  }
  expect(Math.sqrt(gap / scale)).toBeLessThan(tolerance);
}

describe.each([
  ['in one chunk', 100],
  ['in several chunks', 8],
])('a local follower, %s', (_, chunk) => {
  it.each(batches)('has the closed forms of softmax regression over %s', (_name, batch, rows) =>
    withFollower('lr', chunk, async (follower, { layout: { size } }) => {
      const [w, v] = [normals(size, 0.3), normals(size)];
      const expected = regressionGradient(w, rows, classes);
      const { loss, gradient } = await follower.gradient(w, batch);
      expect(loss).toBeCloseTo(expected.loss, 5);
      expectClose(gradient, expected.gradient);
      expectClose(
        await follower.hessianVectorProduct(w, v, batch),
        regressionHessianVectorProduct(w, v, rows, classes),
      );
      const share = batch.clean === undefined ? 1 : 5 / 35;
      if (batch.nu !== undefined)
        expectClose(
          await follower.poisonVectorProduct(w, v, batch),
          regressionMixedProduct(w, v, nu, classes).map((value) => share * value),
        );
      let u = Float64Array.from(w);
      for (let step = 0; step < 4; step++) {
        const slope = regressionGradient(u, rows, classes).gradient;
        u = u.map((value, k) => value - 0.5 * slope[k]!);
      }
      expectClose(await follower.descend(w, batch, { steps: 4, learningRate: 0.5 }), u);
    }),
  );

  it.each(['lr', 'nn-gc'])('gives for %s what the oracles give', (id) =>
    withFollower(id, chunk, async (follower, { layout: { size } }, oracles) => {
      const [w, v] = [normals(size, 0.2), normals(size)];
      const [, batch, rows] = batches[3]!;
      expectClose((await follower.gradient(w, batch)).gradient, oracles.gradient(w, rows).gradient);
      expectClose(await follower.hessianVectorProduct(w, v, batch), oracles.hessianVectorProduct(w, v, rows));
      const mixed = oracles.mixedProduct(w, v, rows).subarray(30 * features);
      expectClose(await follower.poisonVectorProduct(w, v, batch), mixed);
    }),
  );

  it('takes the published steps on the normal equations', () =>
    withFollower('lr', chunk, async (follower, { layout: { size } }) => {
      const [w, v] = [normals(size, 0.3), normals(size)];
      const [, batch, rows] = batches[3]!;
      const product = (u: Float64Array) => regressionHessianVectorProduct(Float64Array.from(w), u, rows, classes);
      const inner = (a: Float64Array, b: Float64Array) => a.reduce((sum, value, k) => sum + value * b[k]!, 0);
      let q = new Float64Array(size);
      let g = product(Float64Array.from(v)).map((value) => -value);
      let d = g;
      for (let k = 0; k < 5; k++) {
        const qd = product(product(d));
        const a = -inner(d, g) / inner(d, qd);
        q = q.map((value, i) => value + a * d[i]!);
        g = g.map((value, i) => value + a * qd[i]!);
        const beta = inner(g, qd) / inner(d, qd);
        d = d.map((value, i) => g[i]! - beta * value);
      }
      const solver: InverseSolver = { kind: 'cgnr', iterations: 5, damping: 0, tolerance: 0 };
      const found = await follower.inverseHessianVectorProduct(w, v, batch, solver);
      expectClose(found.product, q, 1e-3);
      const rest = product(q).map((value, k) => value - v[k]!);
      expect(found.relativeResidual).toBeCloseTo(Math.sqrt(inner(rest, rest)) / Math.hypot(...v), 4);
      expect([found.iterations, found.stopped]).toEqual([5, 'budget']);
      // As a loop over products, which a tolerance asks for.
      const looped = await follower.inverseHessianVectorProduct(w, v, batch, { ...solver, tolerance: 1e-12 });
      expectClose(looped.product, q, 1e-3);
    }));

  it('solves the damped system by conjugate gradients', () =>
    withFollower('lr', chunk, async (follower, { layout: { size } }) => {
      const [w, v] = [normals(size, 0.3), normals(size)];
      const [, batch, rows] = batches[3]!;
      const solver: InverseSolver = { kind: 'cg', iterations: 60, damping: 0.1, tolerance: 1e-5 };
      const { product, stopped } = await follower.inverseHessianVectorProduct(w, v, batch, solver);
      expect(stopped).toBe('converged');
      const back = regressionHessianVectorProduct(w, product, rows, classes);
      expectClose(
        back.map((value, k) => value + 0.1 * product[k]!),
        v,
        1e-4,
      );
    }));
});

describe('batches that a local follower keeps', () => {
  it('are told apart by their values, also when rows are changed in place', () =>
    withFollower('lr', 100, async (follower, { layout: { size } }) => {
      const w = normals(size, 0.3);
      const own = { ...nu, x: nu.x.slice() };
      const before = await follower.gradient(w, { clean: undefined, nu: own });
      own.x[3]! += 1;
      const after = await follower.gradient(w, { clean: undefined, nu: own });
      expect(after.loss).not.toBe(before.loss);
      expect(after.loss).toBeCloseTo(regressionGradient(w, own, classes).loss, 5);
    }));

  it('are uploaded once, and few', () =>
    withFollower('lr', 100, async (follower, { layout: { size } }) => {
      const w = normals(size, 0.3);
      await follower.gradient(w, { clean: some, nu });
      const held = liveTensors();
      await follower.hessianVectorProduct(w, w, { clean: { ...some }, nu: { ...nu, x: nu.x.slice() } });
      expect(liveTensors()).toBe(held);
    }));

  it('answers nothing for no poison and no step', () =>
    withFollower('lr', 100, async (follower, { layout: { size } }) => {
      const w = normals(size);
      expect(await follower.poisonVectorProduct(w, w, { clean: some, nu: undefined })).toHaveLength(0);
      expect(await follower.descend(w, { clean: some, nu }, { steps: 0, learningRate: 1 })).toEqual(w);
    }));
});
