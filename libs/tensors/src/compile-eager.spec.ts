import { startBackend } from './backend';
import { compile } from './compile';
import { gradient } from './differential';
import { liveTensors } from './memory-scope';
import { tf } from './tf';

beforeAll(async () => {
  await startBackend({ prefer: 'cpu' });
});

describe('compile where there are no graphs', () => {
  it('keeps the same contract: results of their own, nothing left behind, the same refusals', () => {
    const before = liveTensors();
    const x = tf.tensor1d([1, 2]);
    const square = compile(
      (p) => {
        const result = tf.square(tf.add(p, 1));
        return [p, result, result];
      },
      [x],
    );
    expect(square.compiled).toBe(false);
    const results = square(x);
    results[0]?.dispose();
    results[1]?.dispose();
    expect([...x.dataSync()]).toEqual([1, 2]);
    expect([...(results[2] as tf.Tensor).dataSync()]).toEqual([4, 9]);
    tf.dispose(results);
    const longer = tf.tensor1d([1, 2, 3]);
    expect(() => square(longer)).toThrow(/inputs\[0\]/);
    expect(() => gradient((u) => tf.sum(square(u)[1] as tf.Tensor), x)).toThrow(/no gradient/);
    square.dispose();
    expect(() => square(x)).toThrow(/disposed/);
    tf.dispose([x, longer]);
    expect(liveTensors()).toBe(before);
  });
});
