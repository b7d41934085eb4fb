/** 16-bit floats, read only: IEEE 754 binary16 (1 sign, 5 exponent, 10 fraction bits) and bfloat16 (the upper half of a binary32). */

const word = new Uint32Array(1);
const float = new Float32Array(word.buffer);

/** The value of the bits of an IEEE 754 binary16; exact. */
export function float16ToFloat32(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** The value of the bits of a bfloat16; exact. */
export function bfloat16ToFloat32(bits: number): number {
  word[0] = bits << 16;
  return float[0]!;
}
