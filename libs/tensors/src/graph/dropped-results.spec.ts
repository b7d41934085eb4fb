import { nativeBackend } from '../backends/native-binding';
import { startBackend } from '../backend';
import { compile } from '../compile';
import { gradient } from '../differential';
import { liveTensors } from '../memory-scope';
import { ops } from '../ops';
import { tf } from '../tf';
import { droppedResults } from './dropped-results';

beforeAll(async () => {
  await startBackend({ prefer: 'tensorflow' });
});

it('large results are dropped, small ones kept, and zeros stand in for the dropped', () => {
  const real = nativeBackend().binding;
  const before = real.getNumOfTensors();
  const light = droppedResults(real);
  const type = { name: 'T', type: real.TF_ATTR_TYPE, value: real.TF_FLOAT };
  const twice = (id: number) => light.executeOp('AddV2', [type], [id, id], 1)[0]!;
  const [small, large] = [8, 2 ** 19].map((n) => real.createTensor([n], real.TF_FLOAT, new Float32Array(n).fill(3)));
  const kept = twice(twice(small!).id);
  expect([...real.tensorDataSync(kept.id)]).toEqual(new Array(8).fill(12));
  const dropped = twice(twice(large!).id);
  expect(dropped.shape).toEqual([2 ** 19]);
  // Two inputs, two small results, one vector of zeros; the two large results are nowhere.
  expect(real.getNumOfTensors()).toBe(before + 5);
  light.deleteTensor(dropped.id);
  light.deleteTensor(kept.id);
  light.end();
  for (const id of [small!, large!]) real.deleteTensor(id);
  expect(real.getNumOfTensors()).toBe(before + 1);
});

it('a network with layers larger than what is kept compiles to the same derivative, and leaves nothing behind', () => {
  const x = tf.randomNormal<tf.Rank.R4>([64, 16, 16, 8], 0, 1, 'float32', 1);
  const w = tf.randomNormal<tf.Rank.R4>([3, 3, 8, 32], 0, 0.1, 'float32', 2);
  const f = (input: tf.Tensor, parameters: tf.Tensor): tf.Tensor[] => {
    const loss = (u: tf.Tensor1D): tf.Scalar => {
      const z = ops.conv2d(input as tf.Tensor4D, u.reshape([3, 3, 8, 32]), 1, 'same');
      return tf.sum(tf.square(ops.maxPool(ops.relu(z), 2, 2)));
    };
    const found = gradient(loss, parameters.flatten());
    return [found.value, found.gradient];
  };
  const [value, slope] = tf.tidy(() => f(x, w)) as [tf.Tensor, tf.Tensor];
  const numbers = nativeBackend().binding.getNumOfTensors();
  const tensors = liveTensors();
  const compiled = compile(f, [x, w]);
  expect([nativeBackend().binding.getNumOfTensors(), liveTensors()]).toEqual([numbers, tensors]);
  const [again, steep] = compiled(x, w) as [tf.Tensor, tf.Tensor];
  expect(again.dataSync()[0]! / value.dataSync()[0]!).toBeCloseTo(1, 5);
  const scale = tf.max(tf.abs(slope)).dataSync()[0]!;
  expect(tf.max(tf.abs(tf.sub(slope, steep))).dataSync()[0]! / scale).toBeLessThan(1e-5);
  compiled.dispose();
  tf.dispose([x, w, value, slope, again, steep]);
});
