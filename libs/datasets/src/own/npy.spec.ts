import { npyOf } from '../fixtures/npy-of';
import { parseNpy } from './npy';

/** What numpy 2 writes for numpy.save(f, numpy.array([[1.5, -2.0]], dtype="<f4")). */
const written = Buffer.from(
  '934e554d5059010076007b276465736372273a20273c6634272c2027666f727472616e5f6f72646572273a2046616c73652c20277368617065273a2028312c2032292c207d' +
    '20'.repeat(58) +
    '0a0000c03f000000c0',
  'hex',
);

describe('parseNpy', () => {
  it('reads what numpy writes', () => {
    expect(parseNpy(written, 'a')).toEqual({ shape: [1, 2], dtype: '<f4', values: Float32Array.of(1.5, -2) });
  });

  it.each([
    ['|u1', Uint8Array.of(1, 255)],
    ['<f8', Float64Array.of(0.1, -3)],
    ['<i4', Int32Array.of(-1, 70_000)],
    ['<i8', BigInt64Array.of(-1n, 5n)],
  ])('reads %s, wherever in memory it lies', (dtype, values) => {
    const bytes = npyOf(dtype, [2], values);
    expect(parseNpy(bytes, 'a')).toEqual({ shape: [2], dtype, values });
    const moved = new Uint8Array(bytes.length + 3);
    moved.set(bytes, 3);
    expect(parseNpy(moved.subarray(3), 'a')).toEqual({ shape: [2], dtype, values });
  });

  it('reads a format of version 2, with a wide header', () => {
    const one = npyOf('|u1', [2], Uint8Array.of(7, 8));
    const length = Buffer.alloc(4);
    length.writeUInt32LE(one.readUInt16LE(8));
    const two = Buffer.concat([Buffer.from('\x93NUMPY\x02\x00', 'latin1'), length, one.subarray(10)]);
    expect(parseNpy(two, 'a').values).toEqual(Uint8Array.of(7, 8));
  });

  const two = Uint8Array.of(1, 2);
  it.each([
    ['objects', npyOf('|O', [2], two), 'a holds Python objects (a pickle)'],
    ['another type', npyOf('<c8', [2], two), 'a is of type <c8'],
    ['the other byte order', npyOf('>f4', [2], two), 'a is of type >f4'],
    ['column order', npyOf('|u1', [1, 2], two, { fortran: true }), 'a is stored column by column'],
    ['an end too early', npyOf('|u1', [3], two), 'a holds 2 bytes of values'],
    ['half a header', npyOf('|u1', [2], two).subarray(0, 40), 'a has no whole .npy header'],
    ['no header', Buffer.from('PK and something else'), 'a is no .npy array'],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => parseNpy(bytes, 'a')).toThrow(message);
  });
});
