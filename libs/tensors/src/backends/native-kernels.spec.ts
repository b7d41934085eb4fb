import { startBackend } from '../backend';
import { gradient, hessianVectorProduct } from '../differential';
import { liveTensors } from '../memory-scope';
import { ops } from '../ops';
import { randomStream } from '../random';
import { tf } from '../tf';

beforeAll(async () => {
  await startBackend();
});

function random(seed: number, ...shape: number[]): tf.Tensor2D {
  const stream = randomStream(seed, 'matrix');
  const size = shape.reduce((product, length) => product * length, 1);
  return tf.tensor2d(
    Float32Array.from({ length: size }, () => stream.normal()),
    shape as [number, number],
  );
}

describe('A B for matrices of every shape and transposition', () => {
  it.each([
    [300, 40, 10, true, false], // tall and narrow: takes the way round
    [300, 40, 11, true, false],
    [255, 40, 10, true, false],
    [300, 40, 10, false, false],
    [300, 40, 10, false, true],
    [300, 40, 10, true, true],
  ])('%d rows, %d and %d columns, transposed %p %p', (rows, columns, others, ta, tb) => {
    const before = liveTensors();
    const a = ta ? random(1, rows, columns) : random(1, columns, rows);
    const b = tb ? random(2, others, rows) : random(2, rows, others);
    const [x, y] = [a.dataSync<'float32'>(), b.dataSync<'float32'>()];
    const product = tf.matMul(a, b, ta, tb);
    expect(product.shape).toEqual([columns, others]);
    const found = product.dataSync<'float32'>();
    for (const [i, j] of [
      [0, 0],
      [columns - 1, others - 1],
      [columns >> 1, 3],
      [7, others >> 1],
    ] as const) {
      let sum = 0;
      for (let k = 0; k < rows; k++)
        sum += (x[ta ? k * columns + i : i * rows + k] as number) * (y[tb ? j * rows + k : k * others + j] as number);
      expect(found[i * others + j]).toBeCloseTo(sum, 3);
    }
    tf.dispose([a, b, product]);
    expect(liveTensors()).toBe(before);
  });
});

describe('softmax regression over many rows of few classes', () => {
  it('has the Hessian that differences of its gradient show', () => {
    const [count, features, classes] = [400, 48, 5];
    const x = random(3, count, features);
    const y = ops.oneHot(
      tf.tensor1d(
        Int32Array.from({ length: count }, (_, k) => k % classes),
        'int32',
      ),
      classes,
    );
    const loss = (w: tf.Tensor1D): tf.Scalar => ops.crossEntropy(y, ops.dense(x, tf.reshape(w, [features, classes])));
    const [w, v] = [
      tf.mul(random(4, 1, features * classes).flatten(), 0.1),
      random(5, 1, features * classes).flatten(),
    ];
    const at = (step: number): Float32Array =>
      gradient(loss, tf.add<tf.Tensor1D>(w, tf.mul(v, step))).gradient.dataSync<'float32'>();
    const [ahead, behind] = [at(1e-2), at(-1e-2)];
    const product = hessianVectorProduct(loss, w as tf.Tensor1D, v).dataSync<'float32'>();
    const scale = Math.max(...product.map(Math.abs));
    product.forEach((value, k) =>
      expect(Math.abs(value - ((ahead[k] as number) - (behind[k] as number)) / 2e-2)).toBeLessThan(2e-3 * scale),
    );
  });
});
