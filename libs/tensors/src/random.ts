/**
 * Named random streams. A stream is fully determined by (seed, path):
 *   SHA-256 of UTF-8 JSON.stringify(["theriac-random-1", seed, ...path]); its first 16 bytes, as four little-endian words,
 *   are the state of xoshiro128** 1.1 (Blackman and Vigna, "Scrambled linear pseudorandom number generators", ACM TOMS 2021).
 * A fork depends on the path alone, never on how much its parent has been used, so adding a draw in one place cannot change
 * another. The names 1 and "1" are different names.
 */
import { createHash } from 'node:crypto';
import { invalid } from './errors';

const { imul, log, sqrt } = Math;

export interface RandomStream {
  /** A double uniform in [0, 1), 53 random bits. */
  uniform(): number;
  /** Standard normal, by Marsaglia's polar method. */
  normal(): number;
  /** An integer uniform in 0 .. n-1 without bias; 1 <= n <= 2^32. */
  integer(n: number): number;
  /** A uniform permutation of 0 .. n-1 (Fisher-Yates). */
  permutation(n: number): Int32Array;
  /** The stream of this path extended by a name; independent of this one and of its other forks. */
  fork(name: string | number): RandomStream;
  /** Fills the array with values uniform between lo and hi, 24 random bits each. */
  fillUniform(a: Float32Array, lo: number, hi: number): void;
  /** Fills the array with bytes uniform in 0 .. 255, four to a word, the lowest first. */
  fillBytes(a: Uint8Array): void;
}

/** The random stream of a seed (an integer in 0 .. 2^53-1) and a path of names. */
export function randomStream(seed: number, ...path: (string | number)[]): RandomStream {
  if (!Number.isSafeInteger(seed) || seed < 0) throw invalid('seed', seed, 'an integer from 0 to 2^53 - 1');
  for (const name of path) checkName(name);
  const next = xoshiro128StarStar(stateOf(seed, path));
  let spare: number | undefined;

  const uniform = () => ((next() >>> 5) * 0x4000000 + (next() >>> 6)) / 0x20000000000000;

  const integer = (n: number) => {
    if (!Number.isInteger(n) || n < 1 || n > 0x100000000) throw invalid('n', n, 'an integer from 1 to 2^32');
    const limit = 0x100000000 - (0x100000000 % n);
    let word = next();
    while (word >= limit) word = next();
    return word % n;
  };

  const normal = () => {
    if (spare !== undefined) {
      const value = spare;
      spare = undefined;
      return value;
    }
    for (;;) {
      const u = 2 * uniform() - 1;
      const v = 2 * uniform() - 1;
      const s = u * u + v * v;
      if (s === 0 || s >= 1) continue;
      const scale = sqrt((-2 * log(s)) / s);
      spare = v * scale;
      return u * scale;
    }
  };

  const permutation = (n: number) => {
    if (!Number.isInteger(n) || n < 0 || n > 0x7fffffff) throw invalid('n', n, 'an integer from 0 to 2^31 - 1');
    const order = Int32Array.from({ length: n }, (_, i) => i);
    for (let i = n - 1; i > 0; i--) {
      const j = integer(i + 1);
      const held = order[i]!;
      order[i] = order[j]!;
      order[j] = held;
    }
    return order;
  };

  const fillUniform = (a: Float32Array, lo: number, hi: number) => {
    if (!Number.isFinite(lo) || !Number.isFinite(hi) || lo > hi) throw invalid('range', [lo, hi], 'finite lo <= hi');
    const scale = (hi - lo) / 0x1000000;
    for (let i = 0; i < a.length; i++) a[i] = lo + scale * (next() >>> 8);
  };

  const fillBytes = (a: Uint8Array) => {
    for (let i = 0; i < a.length; i += 4) {
      const word = next();
      // Beyond the end of the array nothing is written.
      a[i] = word;
      a[i + 1] = word >>> 8;
      a[i + 2] = word >>> 16;
      a[i + 3] = word >>> 24;
    }
  };

  return {
    uniform,
    normal,
    integer,
    permutation,
    fillUniform,
    fillBytes,
    fork: (name) => randomStream(seed, ...path, name),
  };
}

/** xoshiro128** 1.1 on a state of four words, not all zero: each call gives the next word, 0 .. 2^32-1. The state is copied. */
export function xoshiro128StarStar(state: Uint32Array): () => number {
  let [s0 = 0, s1 = 0, s2 = 0, s3 = 0] = state;
  return () => {
    const product = imul(s1, 5);
    const result = imul((product << 7) | (product >>> 25), 9) >>> 0;
    const t = s1 << 9;
    s2 ^= s0;
    s3 ^= s1;
    s1 ^= s2;
    s0 ^= s3;
    s2 ^= t;
    s3 = (s3 << 11) | (s3 >>> 21);
    return result;
  };
}

function stateOf(seed: number, path: readonly (string | number)[]): Uint32Array {
  const digest = createHash('sha256')
    .update(JSON.stringify(['theriac-random-1', seed, ...path]))
    .digest();
  return Uint32Array.from({ length: 4 }, (_, i) => digest.readUInt32LE(4 * i));
}

function checkName(name: string | number): void {
  if (typeof name === 'number' && !Number.isFinite(name)) throw invalid('stream name', name, 'text or a finite number');
}
