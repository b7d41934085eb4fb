import { startBackend } from './backend';
import { gatherBytes, packBytes } from './gather-bytes';
import { tf } from './tf';

beforeAll(async () => {
  await startBackend({ prefer: 'cpu' });
});

describe('gatherBytes without native kernels', () => {
  it('gives back the bytes, those above 127 too', () => {
    const bytes = Uint8Array.from({ length: 15 }, (_, i) => 255 - 17 * i);
    tf.tidy(() => {
      const batch = gatherBytes(packBytes(bytes, 3, 5), tf.tensor1d([2, 2, 0], 'int32'), 5);
      expect([...batch.dataSync()]).toEqual([2, 2, 0].flatMap((row) => [...bytes.subarray(5 * row, 5 * row + 5)]));
    });
  });
});
