import { liveTensors } from './memory-scope';
import { layoutOf } from './parameters';
import { splitParameters } from './split-parameters';
import { tf } from './tf';

const layout = layoutOf([
  { name: 'weight', shape: [3, 2] },
  { name: 'bias', shape: [2] },
  { name: 'scale', shape: [] },
]);

describe('splitParameters', () => {
  beforeAll(() => tf.setBackend('cpu'));

  it('gives the parts in their shapes, and leaves nothing else behind', () => {
    const before = liveTensors();
    const w = tf.range(0, 9);
    const parts = splitParameters(w, layout);
    expect(Object.entries(parts).map(([name, part]) => [name, part.shape, [...part.dataSync()]])).toEqual([
      ['weight', [3, 2], [0, 1, 2, 3, 4, 5]],
      ['bias', [2], [6, 7]],
      ['scale', [], [8]],
    ]);
    expect(liveTensors()).toBe(before + 4);
    tf.dispose([w, parts]);
    expect(liveTensors()).toBe(before);
  });

  it('is differentiable in w', () => {
    const gradient = tf.tidy(() => {
      const f = (w: tf.Tensor) => {
        const { weight, bias, scale } = splitParameters(w as tf.Tensor1D, layout);
        return tf.sum<tf.Scalar>(tf.mul(tf.add(weight!, bias!), scale!));
      };
      return [...tf.grad(f)(tf.range(0, 9)).dataSync()];
    });
    expect(gradient).toEqual([8, 8, 8, 8, 8, 8, 24, 24, 15 + 3 * 13]);
  });

  it('refuses a vector of another size', () => {
    expect(() => tf.tidy(() => splitParameters(tf.zeros([8]), layout))).toThrow('parameter count is 8; allowed: 9');
  });
});
