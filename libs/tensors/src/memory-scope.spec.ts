import { liveTensors, scoped, valuesOf } from './memory-scope';
import { tf } from './tf';

describe('scoped', () => {
  it('frees what was made in it, but for what it returns', () => {
    const before = liveTensors();
    const { sum, name } = scoped(() => ({ sum: tf.add<tf.Scalar>(tf.scalar(1), tf.scalar(2)), name: 'three' }));
    expect(name).toBe('three');
    expect(liveTensors()).toBe(before + 1);
    expect([...sum.dataSync()]).toEqual([3]);
    sum.dispose();
    expect(liveTensors()).toBe(before);
  });

  it('frees everything when it throws', () => {
    const before = liveTensors();
    expect(() =>
      scoped(() => {
        tf.scalar(1);
        throw new Error('stop');
      }),
    ).toThrow('stop');
    expect(liveTensors()).toBe(before);
  });
});

describe('valuesOf', () => {
  it('reads what it is given and frees everything', () => {
    const before = liveTensors();
    const [sum, pair] = valuesOf(() => [tf.add(tf.scalar(1), tf.scalar(2)), tf.tensor1d([4, 5])]);
    expect([...sum!, ...pair!]).toEqual([3, 4, 5]);
    expect(liveTensors()).toBe(before);
  });
});
