import { startBackend } from './backend';
import { gatherBytes, packBytes } from './gather-bytes';
import { liveTensors } from './memory-scope';
import { tf } from './tf';

beforeAll(async () => {
  await startBackend();
});

describe('gatherBytes', () => {
  it.each([1, 3, 4, 5, 784])('gives back the bytes of rows of %i', (features) => {
    const before = liveTensors();
    const count = 7;
    const bytes = Uint8Array.from({ length: count * features }, (_, i) => (i * 151 + 200) % 256);
    const rows = [6, 0, 6, 3];
    const found = tf.tidy(() => {
      const batch = gatherBytes(packBytes(bytes, count, features), tf.tensor1d(rows, 'int32'), features);
      expect(batch.shape).toEqual([rows.length, features]);
      expect(batch.dtype).toBe('float32');
      return batch.dataSync();
    });
    expect([...found]).toEqual(rows.flatMap((row) => [...bytes.subarray(row * features, (row + 1) * features)]));
    expect(liveTensors()).toBe(before);
  });

  it('refuses sizes that do not fit', () => {
    expect(() => packBytes(new Uint8Array(7), 2, 4)).toThrow(/bytes\.length is 7; allowed: 8/);
    tf.tidy(() => {
      const packed = packBytes(new Uint8Array(8), 2, 4);
      expect(() => gatherBytes(packed, tf.tensor1d([0], 'int32'), 5)).toThrow(
        /features is 5; allowed: 1 to 4 for 1 words/,
      );
    });
  });
});
