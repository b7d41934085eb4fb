/** Nets with kinks and batch normalisation, which central differences cannot judge, against PyTorch in float64 (torch-reference.py). */
import { startBackend } from '../backend';
import { compile } from '../compile';
import { gradient, hessianVectorProduct, mixedProduct } from '../differential';
import { ops } from '../ops';
import { tf } from '../tf';
import { relativeError } from './central-differences';
import reference from './torch-reference.json';

type Net = (x: tf.Tensor, p: tf.Tensor[]) => tf.Tensor2D;
const image = (t: tf.Tensor | undefined): tf.Tensor4D => t as tf.Tensor4D;
const matrix = (t: tf.Tensor | undefined): tf.Tensor2D => t as tf.Tensor2D;
const vector = (t: tf.Tensor | undefined): tf.Tensor1D => t as tf.Tensor1D;
const rows = (t: tf.Tensor): tf.Tensor2D => tf.reshape(t, [t.shape[0], -1]);

const nets: Record<keyof typeof reference, Net> = {
  mlp(x, p) {
    const h = ops.leakyRelu(ops.dense(matrix(x), matrix(p[0]), vector(p[1])), 0.2);
    return ops.dense(ops.relu(ops.dense(h, matrix(p[2]), vector(p[3]))), matrix(p[4]), vector(p[5]));
  },
  cnn(x, p) {
    let h = ops.maxPool(ops.relu(ops.conv2d(image(x), image(p[0]), 1, 'same', vector(p[1]))), 2, 2);
    h = ops.maxPool(ops.relu(ops.conv2d(h, image(p[2]), 1, 'same', vector(p[3]))), 2, 2);
    return ops.dense(ops.relu(ops.dense(rows(h), matrix(p[4]), vector(p[5]))), matrix(p[6]), vector(p[7]));
  },
  smoothCnn(x, p) {
    const h = ops.avgPool(ops.tanh(ops.conv2d(image(x), image(p[0]), 1, 'valid', vector(p[1]))), 2, 2);
    return ops.dense(ops.sigmoid(ops.dense(rows(h), matrix(p[2]), vector(p[3]))), matrix(p[4]), vector(p[5]));
  },
  residualBlock(x, p) {
    const norm = (h: tf.Tensor4D, k: number) => ops.batchNormTrain(h, vector(p[k]), vector(p[k + 1]), 1e-5);
    let h = ops.relu(norm(ops.conv2d(image(x), image(p[0]), 2, 1), 1));
    h = norm(ops.conv2d(h, image(p[3]), 1, 1), 4);
    h = ops.relu(tf.add(h, norm(ops.conv2d(image(x), image(p[6]), 2, 0), 7)));
    return ops.dense(tf.mean(h, [1, 2]), matrix(p[9]), vector(p[10]));
  },
};

/** As in torch-reference.py. */
function pattern(seed: number, shape: readonly number[], scale = 1): number[] {
  let state = seed;
  return Array.from({ length: shape.reduce((product, n) => product * n, 1) }, () => {
    state = Number((1664525n * BigInt(state) + 1013904223n) % 4294967296n);
    return Math.fround(scale * ((2 * state) / 2 ** 32 - 1));
  });
}

function decode(text: string): Float32Array {
  const bytes = Buffer.from(text, 'base64');
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}

beforeAll(async () => {
  await startBackend({ prefer: 'tensorflow' });
});

describe('nets with kinks against PyTorch double backward', () => {
  it.each(Object.keys(nets) as (keyof typeof reference)[])('%s, eager and compiled', (name) => {
    const { x: shape, parts, seed, loss: expectedLoss, ...expected } = reference[name];
    const fan = (s: number[]) => s.slice(0, -1).reduce((product, n) => product * n, 1);
    const flat = parts.flatMap((s, i) => pattern(seed + i, s, s.length > 1 ? Math.sqrt(6 / fan(s)) : 1));
    const direction = parts.flatMap((s, i) => pattern(seed + 500 + i, s));
    const sizes = parts.map((s) => s.reduce((product, n) => product * n, 1));
    tf.tidy(() => {
      const x = tf.tensor(pattern(seed + 999, shape), shape);
      const [w, v] = [tf.tensor1d(flat), tf.tensor1d(direction)];
      const labels = Int32Array.from({ length: shape[0] as number }, (_, i) => i % 3);
      const y = ops.oneHot(tf.tensor1d(labels, 'int32'), 3);
      const all = (...[data, labelsOf, at, along]: tf.Tensor[]): tf.Tensor[] => {
        const loss = (input: tf.Tensor, u: tf.Tensor1D): tf.Scalar => {
          const p = tf.split(u, sizes).map((part, i) => tf.reshape(part, parts[i] as number[]));
          return ops.crossEntropy(matrix(labelsOf), nets[name](input, p));
        };
        const first = gradient((u) => loss(data as tf.Tensor, u), vector(at));
        return [
          first.value,
          first.gradient,
          tf.grad((input) => loss(input, vector(at)))(data as tf.Tensor),
          hessianVectorProduct((u) => loss(data as tf.Tensor, u), vector(at), vector(along)),
          mixedProduct(loss, data as tf.Tensor, vector(at), vector(along)),
        ];
      };
      const graph = compile(all, [x, y, w, v]);
      for (const found of [all(x, y, w, v), graph(x, y, w, v)]) {
        const [loss, g, gx, hessian, mixed] = found.map((tensor) => tensor.dataSync<'float32'>()) as [
          Float32Array,
          Float32Array,
          Float32Array,
          Float32Array,
          Float32Array,
        ];
        expect(loss[0]).toBeCloseTo(expectedLoss, 5);
        expect(relativeError(g, decode(expected.gradient))).toBeLessThan(1e-5);
        expect(relativeError(gx, decode(expected.inputGradient))).toBeLessThan(1e-5);
        expect(relativeError(hessian, decode(expected.hessianVectorProduct))).toBeLessThan(1e-5);
        expect(relativeError(mixed, decode(expected.mixedProduct))).toBeLessThan(1e-5);
      }
      graph.dispose();
    });
  });
});
