/** The gradient with respect to images is the adjoint of the convolution: <dx, x> = <dy, conv(x, W)> for every x. */
import { startBackend } from '../backend';
import { liveTensors } from '../memory-scope';
import { randomStream } from '../random';
import { runKernel } from '../second-order/tape';
import { tf } from '../tf';

beforeAll(async () => {
  await startBackend({ prefer: 'tensorflow' });
});

it.each([
  ['blocks of 4', [8, 12, 1], [5, 5, 1, 3], 'same', 1],
  ['blocks of 4, no padding, oblong filters', [8, 12, 1], [3, 5, 1, 3], 'valid', 1],
  ['blocks of 2', [6, 10, 3], [5, 5, 3, 4], 'valid', 1],
  ['blocks of 2 of one channel', [6, 8, 1], [3, 3, 1, 4], 'same', 1],
  ['blocks of 2 of two channels', [6, 8, 2], [2, 2, 2, 4], 'valid', 1],
  ['odd images', [7, 8, 3], [3, 3, 3, 4], 'same', 1],
  ['even filters with padding', [6, 8, 2], [2, 2, 2, 4], 'same', 1],
  ['a stride', [8, 8, 3], [3, 3, 3, 4], 'valid', 2],
  ['many channels', [6, 6, 4], [3, 3, 4, 2], 'same', 1],
] as const)('%s', (_, [height, width, channels], filterShape, pad, strides) => {
  const random = randomStream(7, 'image gradient');
  type Shape = [number, number, number, number];
  const normal = (shape: Shape): tf.Tensor4D =>
    tf.tensor(
      Float32Array.from({ length: shape.reduce((product, n) => product * n, 1) }, () => random.normal()),
      shape,
    );
  const before = liveTensors();
  tf.tidy(() => {
    const filter = normal([...filterShape]);
    const inputShape: Shape = [2, height, width, channels];
    const convolved = (x: tf.Tensor4D): tf.Tensor4D => tf.conv2d(x, filter, strides, pad);
    const dy = normal(convolved(tf.zeros(inputShape)).shape);
    const attributes = { strides, pad, dataFormat: 'NHWC', inputShape };
    const dx = runKernel<tf.Tensor4D>('Conv2DBackpropInput', { dy, filter }, attributes);
    expect(dx.shape).toEqual(inputShape);
    const inner = (a: tf.Tensor, b: tf.Tensor): number => tf.sum(tf.mul(a, b)).dataSync()[0] as number;
    for (let k = 0; k < 20; k++) {
      const x = normal(inputShape);
      expect(inner(dx, x)).toBeCloseTo(inner(dy, convolved(x)), 3);
    }
  });
  expect(liveTensors()).toBe(before);
});
