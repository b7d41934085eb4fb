import { startBackend } from '../backend';
import { gradient, hessianVectorProduct, mixedProduct } from '../differential';
import { liveTensors } from '../memory-scope';
import { ops } from '../ops';
import { randomStream } from '../random';
import { tf } from '../tf';
import { cases, normals } from './cases';
import { errorsOf, relativeError } from './central-differences';

beforeAll(async () => {
  await startBackend({ prefer: 'tensorflow' });
});

describe('derivatives against central differences, on tensorflow', () => {
  it.each(cases.map((one) => [one.name, one] as const))('%s', (_, one) => {
    const before = liveTensors();
    const errors = errorsOf(one);
    expect(errors.gradient).toBeLessThan(1e-3);
    expect(errors.hessianVectorProduct).toBeLessThan(1e-3);
    expect(errors.mixedProduct).toBeLessThan(1e-3);
    expect(liveTensors()).toBe(before);
  });
});

describe('closed forms', () => {
  const column = (f: (x: tf.Tensor1D) => tf.Tensor1D, points: number[]): Float32Array =>
    tf.tidy(() => {
      const x = tf.tensor1d(points);
      return hessianVectorProduct((u) => tf.sum(f(u)), x, tf.onesLike(x)).dataSync<'float32'>();
    });
  const points = [-2, -0.5, 0.1, 1.5];
  const logistic = (x: number): number => 1 / (1 + Math.exp(-x));
  const second: [string, (x: tf.Tensor1D) => tf.Tensor1D, (x: number) => number][] = [
    ['exp', tf.exp, Math.exp],
    ['tanh', ops.tanh, (x) => -2 * Math.tanh(x) * (1 - Math.tanh(x) ** 2)],
    ['sigmoid', ops.sigmoid, (x) => logistic(x) * (1 - logistic(x)) * (1 - 2 * logistic(x))],
    ['relu', ops.relu, () => 0],
    ['leakyRelu', (x) => ops.leakyRelu(x, 0.1), () => 0],
    ['log sum exp of a maximum', (x) => tf.reshape(tf.max(tf.square(x)), [1]), (x) => (x === -2 ? 2 : 0)],
  ];
  it.each(second)("%s''", (_, f, expected) => {
    const found = column(f, points);
    points.forEach((x, i) => expect(found[i]).toBeCloseTo(expected(x), 5));
  });

  it('softmax regression: Hessian-vector and mixed products', () => {
    // H v = sum_i x_i (J_i V^T x_i)^T / b,  d/dx_i <g, v> = (V (p_i - y_i) + W J_i V^T x_i) / b,  J_i = diag(p_i) - p_i p_i^T
    const [b, d, c] = [7, 5, 3];
    const random = randomStream(3, 'softmax-regression');
    const [x, w, v] = [normals(random, b * d), normals(random, d * c), normals(random, d * c)];
    const y = Array.from({ length: b }, (_, i) => i % c);
    const hessian = new Float64Array(d * c);
    const mixed = new Float64Array(b * d);
    for (let i = 0; i < b; i++) {
      const row = Array.from(x.subarray(i * d, (i + 1) * d));
      const through = (matrix: Float32Array) =>
        Array.from({ length: c }, (_, k) => row.reduce((s, xj, j) => s + xj * (matrix[j * c + k] as number), 0));
      const exponents = through(w).map(Math.exp);
      const p = exponents.map((e) => e / exponents.reduce((s, t) => s + t));
      const jacobian = p.map((pk, k) => p.map((pl, l) => (k === l ? pk : 0) - pk * pl));
      const turned = jacobian.map((line) => line.reduce((s, entry, l) => s + entry * (through(v)[l] as number), 0));
      for (let j = 0; j < d; j++) {
        for (let k = 0; k < c; k++) {
          const residual = (p[k] as number) - (y[i] === k ? 1 : 0);
          hessian[j * c + k]! += ((row[j] as number) * (turned[k] as number)) / b;
          mixed[i * d + j]! +=
            ((v[j * c + k] as number) * residual + (w[j * c + k] as number) * (turned[k] as number)) / b;
        }
      }
    }
    tf.tidy(() => {
      const data = tf.tensor2d(x, [b, d]);
      const oneHot = ops.oneHot(tf.tensor1d(y, 'int32'), c);
      const loss = (input: tf.Tensor2D, flat: tf.Tensor1D) =>
        ops.crossEntropy(oneHot, ops.dense(input, tf.reshape(flat, [d, c])));
      const [wt, vt] = [tf.tensor1d(w), tf.tensor1d(v)];
      expect(relativeError(hessianVectorProduct((u) => loss(data, u), wt, vt).dataSync(), hessian)).toBeLessThan(2e-6);
      expect(relativeError(mixedProduct(loss, data, wt, vt).dataSync(), mixed)).toBeLessThan(2e-6);
    });
  });
});

describe('traps of tfjs', () => {
  it('v is a constant even when it is w itself', () => {
    tf.tidy(() => {
      const w = tf.tensor1d([1, 2]);
      const cubes = (u: tf.Tensor1D): tf.Scalar => tf.sum(tf.mul(tf.square(u), u));
      expect([...hessianVectorProduct(cubes, w, w).dataSync()]).toEqual([6, 24]);
    });
  });

  it('refuses tf.losses.softmaxCrossEntropy in a second derivative, allows it in a first', () => {
    tf.tidy(() => {
      const y = ops.oneHot(tf.tensor1d([0, 1], 'int32'), 2);
      const loss = (w: tf.Tensor1D): tf.Scalar => tf.losses.softmaxCrossEntropy(y, tf.reshape(w, [2, 2]));
      const w = tf.tensor1d([0.1, 0.2, 0.3, 0.4]);
      const own = gradient((u) => ops.crossEntropy(y, tf.reshape(u, [2, 2])), w).gradient.dataSync();
      expect(relativeError(gradient(loss, w).gradient.dataSync(), own)).toBeLessThan(1e-5);
      expect(() => hessianVectorProduct(loss, w, w)).toThrow(/no second derivative.*ops\.crossEntropy/);
    });
  });

  it('detach stops the gradient and shares the data', () => {
    const before = liveTensors();
    tf.tidy(() => {
      const w = tf.tensor1d([3, 5]);
      const g = gradient((u) => tf.sum(tf.mul(u, ops.detach(u))), w).gradient;
      expect([...g.dataSync()]).toEqual([3, 5]);
      const copy = ops.detach(w);
      w.dispose();
      expect([...copy.dataSync()]).toEqual([3, 5]);
    });
    expect(liveTensors()).toBe(before);
  });

  it('refuses a v of another length', () => {
    tf.tidy(() => {
      const [w, v] = [tf.tensor1d([1, 2]), tf.tensor1d([1])];
      expect(() => hessianVectorProduct((u) => tf.sum(u), w, v)).toThrow(/v\.length is 1; allowed: 2/);
      expect(() => mixedProduct((x, u) => tf.sum(tf.mul(x, u)), w, w, v)).toThrow(/v\.length is 1; allowed: 2/);
    });
  });
});
