import { bfloat16ToFloat32, float16ToFloat32 } from './half-precision';

describe('float16ToFloat32', () => {
  it.each([
    [0x0000, 0],
    [0x8000, -0],
    [0x3c00, 1],
    [0xc000, -2],
    [0x3555, 0.333251953125],
    [0x7bff, 65504],
    [0x0400, 2 ** -14],
    [0x0001, 2 ** -24],
    [0x03ff, 1023 * 2 ** -24],
    [0x7c00, Infinity],
    [0xfc00, -Infinity],
    [0x7e00, NaN],
  ])('reads 0x%s', (bits, value) => {
    expect(float16ToFloat32(bits)).toBe(value);
  });
});

describe('bfloat16ToFloat32', () => {
  it.each([
    [0x0000, 0],
    [0x3f80, 1],
    [0xc049, -3.140625],
    [0x7f7f, 3.3895313892515355e38],
    [0x0001, 2 ** -133],
    [0xff80, -Infinity],
    [0x7fc0, NaN],
  ])('reads 0x%s', (bits, value) => {
    expect(bfloat16ToFloat32(bits)).toBe(value);
  });
});
