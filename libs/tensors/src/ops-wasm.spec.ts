import { startBackend } from './backend';
import { liveTensors } from './memory-scope';
import { opCases } from './ops-cases';
import { tf } from './tf';

beforeAll(async () => {
  expect(await startBackend({ prefer: 'wasm', threads: 2 })).toMatchObject({ threads: 2 });
});

describe('ops on wasm', () => {
  it.each(opCases.map((one) => [one.name, one] as const))('%s', (_, { run, shape, expected }) => {
    const before = liveTensors();
    const values = tf.tidy(() => {
      const result = run();
      expect(result.shape).toEqual(shape);
      expect(result.dtype).toBe('float32');
      return result.dataSync();
    });
    expect(values).toHaveLength(expected.length);
    expected.forEach((value, i) => expect(values[i]).toBeCloseTo(value, 4));
    expect(liveTensors()).toBe(before);
  });
});
