/** The forward values of every op against plain loops in float64. */
import { ops } from './ops';
import { randomStream } from './random';
import { tf } from './tf';

export interface OpCase {
  readonly name: string;
  run(): tf.Tensor;
  readonly shape: readonly number[];
  readonly expected: readonly number[];
}

const random = randomStream(8, 'ops');
const normals = (n: number): number[] => Array.from({ length: n }, () => Math.fround(random.normal()));
const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
const at = (values: readonly number[], i: number): number => values[i] as number;
const sum = (values: readonly number[]): number => values.reduce((s, t) => s + t, 0);

const [xs, zs] = [normals(2 * 5 * 6 * 2), normals(4 * 3)];
const image = (): tf.Tensor4D => tf.tensor4d(xs, [2, 5, 6, 2]);
/** x[n, i, j, k] of the image, 0 outside. */
const pixel = (n: number, i: number, j: number, k: number): number =>
  i < 0 || j < 0 || i >= 5 || j >= 6 ? 0 : at(xs, ((n * 5 + i) * 6 + j) * 2 + k);

function convolution(name: string, size: number, stride: number, pad: 'same' | 'valid' | number): OpCase {
  const filter = normals(size * size * 2 * 3);
  const bias = normals(3);
  const [rows, columns] = [5, 6].map((n) =>
    pad === 'same'
      ? Math.ceil(n / stride)
      : Math.floor((n + 2 * Number(pad === 'valid' ? 0 : pad) - size) / stride) + 1,
  ) as [number, number];
  const before = (n: number, out: number): number =>
    pad === 'same' ? Math.max(0, Math.floor(((out - 1) * stride + size - n) / 2)) : pad === 'valid' ? 0 : pad;
  const [top, left] = [before(5, rows), before(6, columns)];
  const expected = range(2).flatMap((n) =>
    range(rows).flatMap((i) =>
      range(columns).flatMap((j) =>
        range(3).map((o) => {
          const terms = range(size).flatMap((a) =>
            range(size).flatMap((b) =>
              range(2).map(
                (k) =>
                  pixel(n, i * stride + a - top, j * stride + b - left, k) *
                  at(filter, ((a * size + b) * 2 + k) * 3 + o),
              ),
            ),
          );
          return at(bias, o) + sum(terms);
        }),
      ),
    ),
  );
  return {
    name,
    shape: [2, rows, columns, 3],
    expected,
    run: () => ops.conv2d(image(), tf.tensor4d(filter, [size, size, 2, 3]), stride, pad, tf.tensor1d(bias)),
  };
}

function pooling(
  name: string,
  size: number,
  stride: number,
  run: (x: tf.Tensor4D) => tf.Tensor,
  of: (window: number[]) => number,
): OpCase {
  const [rows, columns] = [5, 6].map((n) => Math.floor((n - size) / stride) + 1) as [number, number];
  const expected = range(2).flatMap((n) =>
    range(rows).flatMap((i) =>
      range(columns).flatMap((j) =>
        range(2).map((k) =>
          of(range(size).flatMap((a) => range(size).map((b) => pixel(n, i * stride + a, j * stride + b, k)))),
        ),
      ),
    ),
  );
  return { name, shape: [2, rows, columns, 2], expected, run: () => run(image()) };
}

function batchNorm(): OpCase {
  const [gamma, beta] = [normals(2), normals(2)];
  const statistics = range(2).map((k) => {
    const channel = xs.filter((_, i) => i % 2 === k);
    const mean = sum(channel) / channel.length;
    return { mean, variance: sum(channel.map((x) => (x - mean) ** 2)) / channel.length };
  });
  const expected = xs.map((x, i) => {
    const { mean, variance } = statistics[i % 2] as { mean: number; variance: number };
    return ((x - mean) / Math.sqrt(variance + 0.01)) * at(gamma, i % 2) + at(beta, i % 2);
  });
  return {
    name: 'batchNormTrain',
    shape: [2, 5, 6, 2],
    expected,
    run: () => ops.batchNormTrain(image(), tf.tensor1d(gamma), tf.tensor1d(beta), 0.01),
  };
}

const logits = (shift = 0): tf.Tensor2D =>
  tf.tensor2d(
    zs.map((z) => z + shift),
    [4, 3],
  );
const logSoftmax = range(4).flatMap((i) => {
  const row = zs.slice(3 * i, 3 * i + 3);
  const norm = Math.log(sum(row.map(Math.exp)));
  return row.map((z) => z - norm);
});
const labels = [2, 0, 1, 1];
const each = labels.map((y, i) => -at(logSoftmax, 3 * i + y));
const weights = [0.5, 0, 2, 1];
const oneHot = (): tf.Tensor2D => ops.oneHot(tf.tensor1d(labels, 'int32'), 3);
const elementwise = (name: string, run: (x: tf.Tensor) => tf.Tensor, of: (x: number) => number): OpCase => ({
  name,
  shape: [4, 3],
  expected: zs.map(of),
  run: () => run(logits()),
});

const weightsOfDense = normals(3 * 2);

export const opCases: readonly OpCase[] = [
  {
    name: 'dense',
    shape: [4, 2],
    expected: range(4).flatMap((i) =>
      range(2).map(
        (o) => sum(range(3).map((k) => at(zs, 3 * i + k) * at(weightsOfDense, 2 * k + o))) + (o === 0 ? 1 : -1),
      ),
    ),
    run: () => ops.dense(logits(), tf.tensor2d(weightsOfDense, [3, 2]), tf.tensor1d([1, -1])),
  },
  convolution('conv2d same', 3, 1, 'same'),
  convolution('conv2d same, stride 2', 3, 2, 'same'),
  convolution('conv2d valid', 2, 1, 'valid'),
  convolution('conv2d padded by 2, stride 2', 3, 2, 2),
  pooling(
    'maxPool 2',
    2,
    2,
    (x) => ops.maxPool(x, 2, 2),
    (window) => Math.max(...window),
  ),
  pooling(
    'maxPool 3, stride 1',
    3,
    1,
    (x) => ops.maxPool(x, 3, 1),
    (window) => Math.max(...window),
  ),
  pooling(
    'avgPool 2',
    2,
    2,
    (x) => ops.avgPool(x, 2, 2),
    (window) => sum(window) / 4,
  ),
  batchNorm(),
  elementwise('relu', ops.relu, (z) => Math.max(z, 0)),
  elementwise(
    'leakyRelu',
    (x) => ops.leakyRelu(x, 0.3),
    (z) => (z > 0 ? z : 0.3 * z),
  ),
  elementwise('tanh', ops.tanh, Math.tanh),
  elementwise('sigmoid', ops.sigmoid, (z) => 1 / (1 + Math.exp(-z))),
  { name: 'logSoftmax', shape: [4, 3], expected: logSoftmax, run: () => ops.logSoftmax(logits()) },
  { name: 'softmax', shape: [4, 3], expected: logSoftmax.map(Math.exp), run: () => ops.softmax(logits()) },
  { name: 'crossEntropy, mean', shape: [], expected: [sum(each) / 4], run: () => ops.crossEntropy(oneHot(), logits()) },
  {
    name: 'crossEntropy, weighted sum',
    shape: [],
    expected: [sum(each.map((e, i) => e * at(weights, i)))],
    run: () => ops.crossEntropy(oneHot(), logits(), tf.tensor1d(weights)),
  },
  {
    name: 'crossEntropy of enormous logits',
    shape: [],
    expected: [250],
    run: () => ops.crossEntropy(tf.tensor2d([[0, 1]]), tf.tensor2d([[1000, 750]])),
  },
  {
    name: 'oneHot',
    shape: [4, 3],
    expected: labels.flatMap((y) => range(3).map((k) => (k === y ? 1 : 0))),
    run: oneHot,
  },
  {
    name: 'gatherRows',
    shape: [3, 3],
    expected: [3, 0, 3].flatMap((row) => zs.slice(3 * row, 3 * row + 3)),
    run: () => ops.gatherRows(logits(), tf.tensor1d([3, 0, 3], 'int32')),
  },
];
