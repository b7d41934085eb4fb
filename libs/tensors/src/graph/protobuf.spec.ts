import { attribute, bytesField, integerField, node, savedModel, shape, tensor, varint } from './protobuf';

const hex = (bytes: Buffer): string => bytes.toString('hex');

/** Reads a message's fields back: [number, wire type, content]. An independent, naive reader. */
function fieldsOf(bytes: Buffer): [field: number, wire: number, content: Buffer | bigint][] {
  let at = 0;
  const read = (): bigint => {
    let [value, shift] = [0n, 0n];
    for (;;) {
      const byte = BigInt(bytes[at++] as number);
      value |= (byte & 127n) << shift;
      if (byte < 128n) return value;
      shift += 7n;
    }
  };
  const fields: [number, number, Buffer | bigint][] = [];
  while (at < bytes.length) {
    const key = Number(read());
    const [field, wire] = [key >> 3, key & 7];
    if (wire === 0) fields.push([field, wire, read()]);
    else {
      const length = wire === 5 ? 4 : Number(read());
      fields.push([field, wire, bytes.subarray(at, (at += length))]);
    }
  }
  return fields;
}

describe('the wire format, as https://protobuf.dev/programming-guides/encoding/ shows it', () => {
  it.each([
    [0, '00'],
    [1, '01'],
    [127, '7f'],
    [150, '9601'],
    [300, 'ac02'],
    [-1, 'ffffffffffffffffff01'],
    [-2, 'feffffffffffffffff01'],
    [2 ** 40, '808080808020'],
  ])('varint %d', (n, expected) => {
    expect(hex(varint(n))).toBe(expected);
  });

  it('fields', () => {
    expect(hex(integerField(1, 150))).toBe('089601');
    expect(hex(bytesField(2, 'testing'))).toBe('120774657374696e67');
  });
});

describe('graphs', () => {
  it('shapes, packed integers and attributes', () => {
    expect(hex(shape([2, -1]))).toBe('12020802120b08ffffffffffffffffff01');
    expect(hex(attribute.integers([1, 300]))).toBe('0a051a0301ac02');
    expect(hex(attribute.integers([]))).toBe('0a00');
    expect(hex(attribute.float(1))).toBe('250000803f');
    expect(hex(attribute.boolean(true))).toBe('2801');
  });

  it('a repeated float is written once, other tensors byte by byte', () => {
    const [, , value] = fieldsOf(tensor(1, [20], new Float32Array(20).fill(2)));
    expect(value).toEqual([5, 2, Buffer.from('00000040', 'hex')]);
    const mixed = Float32Array.from({ length: 20 }, (_, i) => i);
    expect(fieldsOf(tensor(1, [20], mixed))[2]).toEqual([4, 2, Buffer.from(mixed.buffer)]);
    const zeros = new Float32Array(20);
    zeros[3] = -0; // equal to 0, but another number
    expect(fieldsOf(tensor(1, [20], zeros))[2]?.[0]).toBe(4);
    const view = new Int32Array(new Int32Array([9, 8, 7]).buffer, 4, 1);
    expect(fieldsOf(tensor(3, [1], view))[2]).toEqual([4, 2, Buffer.from('08000000', 'hex')]);
  });

  it('a node and a saved model, field by field', () => {
    const one = node('n1', 'Add', ['n0', '^n2'], { T: attribute.type(1) });
    const [[, , body]] = fieldsOf(one) as [[number, number, Buffer]];
    expect(fieldsOf(body).map(([field, , content]) => [field, String(content)])).toEqual([
      [1, 'n1'],
      [2, 'Add'],
      [3, 'n0'],
      [3, '^n2'],
      [5, String(Buffer.concat([bytesField(1, 'T'), bytesField(2, attribute.type(1))]))],
    ]);
    const [version, meta] = fieldsOf(savedModel([one], ['serve', 'small'])) as [
      [number, number, bigint],
      [number, number, Buffer],
    ];
    expect(version).toEqual([1, 0, 1n]);
    const [info, graph] = fieldsOf(meta[2]) as [[number, number, Buffer], [number, number, Buffer]];
    expect(fieldsOf(info[2]).map(([, , tag]) => String(tag))).toEqual(['serve', 'small']);
    expect(fieldsOf(graph[2]).map(([field]) => field)).toEqual([1, 4]);
  });
});
