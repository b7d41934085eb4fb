import {
  byteSize,
  float32Of,
  float64Of,
  int32Of,
  namedFloat32,
  namedFloat64,
  namedInt32,
  namedUint8,
  type DataTypeName,
  type NamedArray,
} from './array-codec';
import { TheriacError } from './errors';

const bytesOf = (hex: string) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
const array = (dataType: DataTypeName, count: number, hex: string): NamedArray => ({
  name: 'x',
  dataType,
  shape: [count],
  bytes: bytesOf(hex),
});

// Little-endian bytes written by numpy.
const minusOneAndAHalf: [DataTypeName, string][] = [
  ['F64', '000000000000f8bf'],
  ['F32', '0000c0bf'],
  ['F16', '00be'],
  ['BF16', 'c0bf'],
];
const minusTwoAndSeven: [DataTypeName, string][] = [
  ['I64', 'feffffffffffffff0700000000000000'],
  ['I32', 'feffffff07000000'],
];

describe('reading', () => {
  it.each(minusOneAndAHalf)('%s as floats', (dataType, hex) => {
    expect([...float32Of(array(dataType, 1, hex))]).toEqual([-1.5]);
    expect([...float64Of(array(dataType, 1, hex))]).toEqual([-1.5]);
  });

  it.each(minusTwoAndSeven)('%s as floats and integers', (dataType, hex) => {
    expect([...float32Of(array(dataType, 2, hex))]).toEqual([-2, 7]);
    expect([...float64Of(array(dataType, 2, hex))]).toEqual([-2, 7]);
    expect([...int32Of(array(dataType, 2, hex))]).toEqual([-2, 7]);
  });

  it('U8 as floats and integers', () => {
    expect([...float32Of(array('U8', 3, '00ff10'))]).toEqual([0, 255, 16]);
    expect([...int32Of(array('U8', 3, '00ff10'))]).toEqual([0, 255, 16]);
  });

  it('rounds F64 to the nearest F32', () => {
    expect(float32Of(namedFloat64('x', [1], Float64Array.of(0.1)))[0]).toBe(Math.fround(0.1));
  });

  it('shares memory where it can and copies where bytes are not aligned', () => {
    const data = Float32Array.of(1, 2, 3);
    expect(float32Of(namedFloat32('x', [3], data)).buffer).toBe(data.buffer);
    const shifted = new Uint8Array(13);
    shifted.set(new Uint8Array(data.buffer), 1);
    const unaligned: NamedArray = { name: 'x', dataType: 'F32', shape: [3], bytes: shifted.subarray(1) };
    expect([...float32Of(unaligned)]).toEqual([1, 2, 3]);
    const longs: NamedArray = { name: 'x', dataType: 'I64', shape: [1], bytes: shifted.subarray(1, 9) };
    expect(float64Of(longs)[0]).toBe(Number(new BigInt64Array(data.buffer.slice(0, 8))[0]));
  });

  it('refuses integers that do not fit, and floats as integers', () => {
    expect(() => int32Of(array('I64', 1, '0000008000000000'))).toThrow('tensor "x" value is 2147483648');
    expect(() => int32Of(array('F32', 1, '0000c0bf'))).toThrow('tensor "x" data type is "F32"; allowed: I32, I64, U8.');
  });
});

describe('writing', () => {
  it('keeps values and shape', () => {
    const named = namedInt32('y', [2, 1], Int32Array.of(-2, 7));
    expect(named).toEqual({ name: 'y', dataType: 'I32', shape: [2, 1], bytes: bytesOf('feffffff07000000') });
    expect(namedUint8('u', [2], Uint8Array.of(1, 2)).bytes).toEqual(Uint8Array.of(1, 2));
    expect(namedFloat32('s', [], Float32Array.of(-1.5)).bytes).toEqual(bytesOf('0000c0bf'));
    const part = new Float64Array([9, -1.5]).subarray(1);
    expect(namedFloat64('d', [1], part).bytes).toEqual(bytesOf('000000000000f8bf'));
  });

  it('refuses data that do not fill the shape', () => {
    expect(() => namedFloat32('w', [2, 2], new Float32Array(3))).toThrow(
      'tensor "w" of F32 and shape [2, 2] has 12 bytes',
    );
  });
});

describe('limits', () => {
  it.each(['F32', 'F64', 'F16', 'BF16', 'I32', 'I64', 'U8'] as const)('%s: bytes must match the shape', (dataType) => {
    const bytes = new Uint8Array(byteSize(dataType, [2, 3]) + 1);
    let error: unknown;
    try {
      float32Of({ name: 'poison.x', dataType, shape: [2, 3], bytes });
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(TheriacError);
    expect(error).toMatchObject({
      detail: {
        code: 'INVALID_ARGUMENT',
        field: 'poison.x',
        found: `${bytes.length} bytes`,
        allowed: `exactly ${bytes.length - 1} bytes`,
      },
    });
  });

  it('knows the size of every shape', () => {
    expect(byteSize('F32', [])).toBe(4);
    expect(byteSize('I64', [3, 5])).toBe(120);
    expect(byteSize('BF16', [3, 0, 5])).toBe(0);
    expect(byteSize('U8', [1, 1, 1, 1, 1, 1, 1, 2])).toBe(2);
  });

  it('refuses rank 9, negative, fractional and astronomic sizes, and unknown types', () => {
    expect(() => byteSize('F32', new Array<number>(9).fill(1))).toThrow('shape rank is 9; allowed: at most 8 axes.');
    expect(() => byteSize('F32', [-1])).toThrow('shape is [-1]; allowed: integers >= 0.');
    expect(() => byteSize('F32', [1.5])).toThrow('shape is [1.5]');
    expect(() => byteSize('F32', [2 ** 40, 2 ** 40])).toThrow('fewer than 2^53 elements');
    expect(() => byteSize('toString' as DataTypeName, [1])).toThrow('data type is "toString"');
  });
});
