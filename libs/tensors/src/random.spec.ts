import { createHash } from 'node:crypto';
import { randomStream, xoshiro128StarStar } from './random';

/** The published C code of xoshiro128**, transcribed with unbounded integers. */
function reference(state: bigint[], count: number): number[] {
  const mask = 0xffffffffn;
  const rotl = (x: bigint, k: bigint) => ((x << k) | (x >> (32n - k))) & mask;
  const s = [...state];
  return Array.from({ length: count }, () => {
    const result = (rotl((s[1]! * 5n) & mask, 7n) * 9n) & mask;
    const t = (s[1]! << 9n) & mask;
    s[2]! ^= s[0]!;
    s[3]! ^= s[1]!;
    s[1]! ^= s[2]!;
    s[0]! ^= s[3]!;
    s[2]! ^= t;
    s[3] = rotl(s[3]!, 11n);
    return Number(result);
  });
}

describe('xoshiro128StarStar', () => {
  it('agrees with the published algorithm', () => {
    const next = xoshiro128StarStar(Uint32Array.of(1, 2, 3, 4));
    const words = Array.from({ length: 1000 }, next);
    expect(words.slice(0, 4)).toEqual([11520, 0, 5927040, 70819200]);
    expect(words).toEqual(reference([1n, 2n, 3n, 4n], 1000));
  });

  it('agrees with the published algorithm from a state with high bits set', () => {
    const next = xoshiro128StarStar(Uint32Array.of(0xdeadbeef, 0xffffffff, 0x80000001, 0xcafebabe));
    const words = Array.from({ length: 1000 }, next);
    expect(words).toEqual(reference([0xdeadbeefn, 0xffffffffn, 0x80000001n, 0xcafebaben], 1000));
  });
});

describe('randomStream', () => {
  it('is seeded by SHA-256 of the seed and the path', () => {
    const digest = createHash('sha256').update('["theriac-random-1",7,"data",3]').digest();
    const state = [0, 4, 8, 12].map((at) => BigInt(digest.readUInt32LE(at)));
    const [a, b] = reference(state, 2);
    expect(randomStream(7, 'data', 3).uniform()).toBe(((a! >>> 5) * 2 ** 26 + (b! >>> 6)) / 2 ** 53);
  });

  it('keeps its values from version to version (computed by an independent program)', () => {
    const stream = randomStream(0);
    expect([stream.uniform(), stream.uniform(), stream.normal(), stream.normal(), stream.integer(1000)]).toEqual([
      0.9460531546667031, 0.5607365338329523, -0.27120355842855065, -1.1272434274102658, 55,
    ]);
    expect([...randomStream(1, 'order').permutation(10)]).toEqual([0, 1, 6, 8, 3, 7, 4, 9, 2, 5]);
    const filled = new Float32Array(3);
    randomStream(2, 'initialisation').fillUniform(filled, -1, 1);
    expect([...filled]).toEqual([-0.9159650802612305, -0.5279053449630737, -0.7086137533187866]);
  });

  it('fills bytes from its words, lowest first, whatever the length', () => {
    const digest = createHash('sha256').update('["theriac-random-1",5,"bytes"]').digest();
    const words = reference(
      [0, 4, 8, 12].map((at) => BigInt(digest.readUInt32LE(at))),
      2,
    );
    const expected = words.flatMap((word) => [0, 8, 16, 24].map((shift) => (word >>> shift) & 255));
    for (const length of [8, 7, 5, 0]) {
      const bytes = new Uint8Array(length);
      randomStream(5, 'bytes').fillBytes(bytes);
      expect([...bytes]).toEqual(expected.slice(0, length));
    }
  });

  it('has the moments of the uniform distribution', () => {
    const stream = randomStream(3, 'uniform');
    const count = 200_000;
    let sum = 0;
    let squares = 0;
    let lowest = Infinity;
    let highest = -Infinity;
    for (let i = 0; i < count; i++) {
      const u = stream.uniform();
      lowest = Math.min(lowest, u);
      highest = Math.max(highest, u);
      sum += u;
      squares += u * u;
    }
    expect(lowest).toBeGreaterThanOrEqual(0);
    expect(highest).toBeLessThan(1);
    expect(Math.abs(sum / count - 1 / 2)).toBeLessThan(5 * Math.sqrt(1 / 12 / count));
    expect(Math.abs(squares / count - 1 / 3)).toBeLessThan(5 * Math.sqrt(4 / 45 / count));
  });

  it('has the moments of the normal distribution', () => {
    const stream = randomStream(4, 'normal');
    const count = 200_000;
    const moments = [0, 0, 0, 0];
    for (let i = 0; i < count; i++) {
      const z = stream.normal();
      for (let power = 0; power < 4; power++) moments[power]! += z ** (power + 1) / count;
    }
    const expected = [0, 1, 0, 3];
    const variances = [1, 2, 15, 96];
    for (let power = 0; power < 4; power++) {
      expect(Math.abs(moments[power]! - expected[power]!)).toBeLessThan(5 * Math.sqrt(variances[power]! / count));
    }
  });

  it('draws integers without bias', () => {
    const stream = randomStream(5, 'integer');
    const counts = new Array<number>(7).fill(0);
    const draws = 70_000;
    for (let i = 0; i < draws; i++) counts[stream.integer(7)]!++;
    const chiSquared = counts.reduce((sum, c) => sum + (c - draws / 7) ** 2 / (draws / 7), 0);
    expect(chiSquared).toBeLessThan(22.46); // 99.9th percentile at 6 degrees of freedom
    expect(stream.integer(1)).toBe(0);
    expect(stream.integer(2 ** 32)).toBeLessThan(2 ** 32);
  });

  it('permutes', () => {
    const order = randomStream(6).permutation(1000);
    expect([...order]).not.toEqual(Array.from({ length: 1000 }, (_, i) => i));
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
    expect(randomStream(6).permutation(0)).toHaveLength(0);
  });

  it('gives every permutation of three equally often', () => {
    const stream = randomStream(8);
    const counts = new Map<string, number>();
    for (let i = 0; i < 6000; i++) {
      const key = [...stream.permutation(3)].join('');
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    const chiSquared = [...counts.values()].reduce((sum, c) => sum + (c - 1000) ** 2 / 1000, 0);
    expect(counts.size).toBe(6);
    expect(chiSquared).toBeLessThan(20.52); // 99.9th percentile at 5 degrees of freedom
  });

  it('forks by name alone, whatever was drawn before', () => {
    const fresh = randomStream(9).fork('poison').fork(2);
    const used = randomStream(9);
    used.normal();
    expect(used.fork('poison').fork(2).uniform()).toBe(fresh.uniform());
    expect(randomStream(9, 'poison', 2).uniform()).toBe(randomStream(9).fork('poison').fork(2).uniform());
  });

  it('forks are uncorrelated with each other, with the parent and with other seeds', () => {
    const count = 20_000;
    const streams = [
      randomStream(10),
      randomStream(10).fork('a'),
      randomStream(10).fork('b'),
      randomStream(10).fork(1),
      randomStream(10).fork('1'),
      randomStream(11),
    ];
    const draws = streams.map((s) => Float64Array.from({ length: count }, () => s.uniform() - 0.5));
    for (const [i, a] of draws.entries()) {
      for (const b of draws.slice(i + 1)) {
        const correlation = (12 * a.reduce((sum, value, k) => sum + value * b[k]!, 0)) / count;
        expect(Math.abs(correlation)).toBeLessThan(5 / Math.sqrt(count));
      }
    }
  });

  it.each([Number.NaN, -1, 1.5, Infinity, 2 ** 53])('refuses the seed %p', (seed) => {
    expect(() => randomStream(seed)).toThrow(`seed is ${seed}; allowed: an integer from 0 to 2^53 - 1.`);
  });

  it('refuses impossible requests', () => {
    const stream = randomStream(0);
    for (const n of [0, -1, 1.5, Number.NaN, 2 ** 33]) expect(() => stream.integer(n)).toThrow('n is');
    expect(() => stream.permutation(-1)).toThrow('n is -1');
    expect(() => stream.fillUniform(new Float32Array(1), 1, 0)).toThrow('range is [1,0]');
    expect(() => stream.fork(Number.NaN)).toThrow('stream name is NaN');
  });
});
