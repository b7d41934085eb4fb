import { startBackend, tf } from '@theriac/tensors/engine';
import { graphShelf } from './graph-shelf';

beforeAll(async () => {
  await startBackend();
});

it('compiles once, gives up what was used longest ago, and can be used again', () => {
  const shelf = graphShelf(2);
  const x = tf.tensor1d([1, 2]);
  const double = (a: tf.Tensor) => [tf.mul(a, 2)];
  const [a, b] = [shelf.graph('a', double, [x]), shelf.graph('b', double, [x])];
  expect(shelf.graph('a', double, [x])).toBe(a);
  const c = shelf.graph('c', double, [x]);
  expect(() => b(x)).toThrow('disposed');
  const results = [...a(x), ...c(x)];
  expect(results.map((result) => [...result.dataSync()])).toEqual([
    [2, 4],
    [2, 4],
  ]);
  shelf.dispose();
  expect(() => a(x)).toThrow('disposed');
  expect(shelf.graph('a', double, [x])).not.toBe(a);
  shelf.dispose();
  tf.dispose([x, ...results]);
});
