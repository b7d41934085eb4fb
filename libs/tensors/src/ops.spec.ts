import { startBackend } from './backend';
import { compile } from './compile';
import { liveTensors } from './memory-scope';
import { opCases } from './ops-cases';
import { tf } from './tf';

beforeAll(async () => {
  await startBackend({ prefer: 'tensorflow' });
});

describe('ops on tensorflow', () => {
  it.each(opCases.map((one) => [one.name, one] as const))('%s', (_, { run, shape, expected }) => {
    const before = liveTensors();
    const [eager, traced] = tf.tidy(() => {
      const result = run();
      const graph = compile(() => [run()], []);
      const [again] = graph() as [tf.Tensor];
      graph.dispose();
      expect(result.shape).toEqual(shape);
      expect(result.dtype).toBe('float32');
      return [result.dataSync(), again.dataSync()];
    });
    expect(eager).toHaveLength(expected.length);
    expected.forEach((value, i) => {
      expect(eager[i]).toBeCloseTo(value, 4);
      expect(traced[i]).toBeCloseTo(value, 4);
    });
    expect(liveTensors()).toBe(before);
  });
});
