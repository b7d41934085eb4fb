import fc from 'fast-check';
import { byteSize, dataTypeNames, float32Of, float64Of, int32Of, namedFloat64, namedInt32 } from './array-codec';
import type { NamedArray } from './array-codec';
import { TheriacError } from './errors';

/** Bytes that do not begin where a type of several bytes may. */
const misaligned = fc.tuple(fc.uint8Array({ maxLength: 96 }), fc.nat(7)).map(([content, shift]) => {
  const room = new Uint8Array(content.length + shift);
  room.set(content, shift);
  return room.subarray(shift);
});
const dataType = fc.constantFrom(...dataTypeNames);

/** IEEE 754 by its definition: sign, exponent and fraction of a word of `width` bits. */
function valueOf(word: number, exponentBits: number, fractionBits: number): number {
  const sign = word >> (exponentBits + fractionBits) ? -1 : 1;
  const exponent = (word >> fractionBits) & (2 ** exponentBits - 1);
  const fraction = (word & (2 ** fractionBits - 1)) / 2 ** fractionBits;
  const bias = 2 ** (exponentBits - 1) - 1;
  if (exponent === 2 ** exponentBits - 1) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0 ? sign * fraction * 2 ** (1 - bias) : sign * (1 + fraction) * 2 ** (exponent - bias);
}

describe('named arrays, of any type, shape and place in memory', () => {
  it('are read when bytes and shape agree, and refused in one sentence when they do not', () => {
    fc.assert(
      fc.property(
        dataType,
        fc.array(fc.integer({ min: -1, max: 5 }), { maxLength: 10 }),
        misaligned,
        (type, shape, bytes) => {
          const array: NamedArray = { name: 'x', dataType: type, shape, bytes };
          const fits = shape.length <= 8 && shape.every((size) => size >= 0) && byteSize(type, shape) === bytes.length;
          for (const read of [float32Of, float64Of]) {
            if (fits) expect(read(array)).toHaveLength(shape.reduce((product, size) => product * size, 1));
            else expect(() => read(array)).toThrow(TheriacError);
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it('keep every bit of doubles and integers', () => {
    fc.assert(
      fc.property(fc.float64Array(), fc.int32Array(), (doubles, integers) => {
        const copy = (array: NamedArray): NamedArray => ({ ...array, bytes: Uint8Array.from(array.bytes) });
        expect(float64Of(copy(namedFloat64('d', [doubles.length], doubles)))).toEqual(doubles);
        expect(int32Of(copy(namedInt32('i', [integers.length], integers)))).toEqual(integers);
      }),
    );
  });

  it('read half precision as its definition says, whatever the word', () => {
    fc.assert(
      fc.property(fc.uint16Array({ minLength: 1 }), (words) => {
        const bytes = new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
        const read = (type: 'F16' | 'BF16') => [
          ...float32Of({ name: 'h', dataType: type, shape: [words.length], bytes }),
        ];
        expect(read('F16')).toEqual([...words].map((word) => valueOf(word, 5, 10)));
        expect(read('BF16')).toEqual([...words].map((word) => valueOf(word, 8, 7)));
      }),
    );
  });

  it('give 32-bit integers of longs exactly where these are such', () => {
    fc.assert(
      fc.property(fc.bigInt64Array({ minLength: 1 }), (longs) => {
        const bytes = new Uint8Array(longs.buffer, longs.byteOffset, longs.byteLength);
        const array: NamedArray = { name: 'l', dataType: 'I64', shape: [longs.length], bytes };
        const small = longs.every((value) => value >= -(2n ** 31n) && value < 2n ** 31n);
        if (small) expect([...int32Of(array)]).toEqual([...longs].map(Number));
        else expect(() => int32Of(array)).toThrow(/integers of 32 bits/);
      }),
    );
  });
});
