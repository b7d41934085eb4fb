import { createHash } from 'node:crypto';
import { canonicalJson, requireFinite, sha256Hex } from './canonical-json';

describe('canonicalJson', () => {
  it('has one spelling, whatever the order of keys', () => {
    expect(canonicalJson({ b: 1, a: { d: [2, { z: 0, y: -0 }], c: null } })).toBe(
      canonicalJson({ a: { c: null, d: [2, { y: 0, z: 0 }] }, b: 1 }),
    );
  });

  it('reads back as the same value', () => {
    const value = { text: 'é"\\', list: [1.5, -2e-9, true], none: null };
    expect(JSON.parse(canonicalJson(value))).toEqual(value);
  });

  it('leaves out what is undefined', () => {
    expect(canonicalJson({ a: undefined, b: 1 })).toBe(canonicalJson({ b: 1 }));
  });

  it.each([
    [Number.NaN, 'card.protocols[0].drop'],
    [Number.POSITIVE_INFINITY, 'card.protocols[0].drop'],
  ])('refuses %p and names the field', (found, field) => {
    expect(() => requireFinite({ protocols: [{ drop: found }] }, 'card')).toThrow(field);
  });
});

describe('sha256Hex', () => {
  it('agrees with the empty digest of FIPS 180-4 and with node', () => {
    expect(sha256Hex('')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    expect(sha256Hex(new Uint8Array([1, 2]))).toBe(
      createHash('sha256')
        .update(new Uint8Array([1, 2]))
        .digest('hex'),
    );
  });

  it('takes the bytes of a view and no others, and arrays one after the other', () => {
    const bytes = Uint8Array.of(9, 9, 9, 9, 0, 0, 128, 63, 0, 0, 0, 64, 9);
    const whole = Float32Array.of(9, 1, 2, 9).subarray(1, 3);
    expect(sha256Hex(whole)).toBe(sha256Hex(bytes.subarray(4, 12)));
    expect(sha256Hex(Float32Array.of(1), Int32Array.of(1 << 30))).toBe(sha256Hex(whole));
  });
});
