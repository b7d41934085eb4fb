import { moments } from './moments';

describe('moments', () => {
  it('are those of each feature, in stored units, and never zero', () => {
    const stored = Float32Array.of(1, 5, 3, 5);
    expect(moments({ count: 2, features: 2, stored, labels: new Uint8Array(2) })).toEqual({
      mean: Float32Array.of(2, 5),
      sd: Float32Array.of(1, 1),
    });
  });

  it('count bytes as parts of 255', () => {
    const { mean, sd } = moments({ count: 2, features: 1, stored: Uint8Array.of(0, 255), labels: new Uint8Array(2) });
    expect([mean[0], sd[0]]).toEqual([0.5, 0.5]);
  });
});
