import { parseIdx } from './idx';

const bytes = (...parts: number[][]) => Uint8Array.from(parts.flat());
const two = [0, 0, 8, 2];
const u32 = (value: number) => [(value >>> 24) & 255, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];

describe('parseIdx', () => {
  it('reads big-endian sizes and gives a view of the values', () => {
    const file = bytes(two, u32(2), u32(3), [1, 2, 3, 4, 5, 6]);
    const { shape, values } = parseIdx(file, 2, 'x');
    expect(shape).toEqual([2, 3]);
    expect([...values]).toEqual([1, 2, 3, 4, 5, 6]);
    expect(values.buffer).toBe(file.buffer);
    expect(parseIdx(bytes([0, 0, 8, 1], u32(258), new Array<number>(258).fill(9)), 1, 'x').shape).toEqual([258]);
  });

  it.each([
    ['no whole header', bytes(two, u32(2)), 'has 8 bytes and no whole header; allowed: at least 12 bytes'],
    [
      'another rank',
      bytes([0, 0, 8, 3], u32(1), u32(1), [1]),
      'is no IDX file of its kind; found: magic number 2051; allowed: magic number 2050',
    ],
    ['a little-endian magic number', bytes([2, 8, 0, 0], u32(1), u32(1), [1]), 'found: magic number 34078720'],
    ['too few values', bytes(two, u32(2), u32(2), [1, 2, 3]), 'found: 15 bytes; allowed: 16 bytes for 2 x 2 values'],
    ['too many values', bytes(two, u32(1), u32(2), [1, 2, 3]), 'found: 15 bytes; allowed: 14 bytes for 1 x 2 values'],
    ['an astronomic header', bytes(two, u32(0xffffffff), u32(0xffffffff), [1]), 'does not hold what its header says'],
  ])('refuses a file with %s, by name', (_, file, message) => {
    expect(() => parseIdx(file, 2, 'mnist/images')).toThrow(`The data file mnist/images`);
    expect(() => parseIdx(file, 2, 'mnist/images')).toThrow(message);
  });
});
