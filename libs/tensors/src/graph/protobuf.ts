/**
 * The protocol-buffer bytes of a TensorFlow graph, written by hand: GraphDef, NodeDef, AttrValue, TensorProto, SavedModel.
 * Wire format: https://protobuf.dev/programming-guides/encoding/ ; field numbers: tensorflow/core/framework/*.proto
 * (graph, node_def, attr_value, tensor, tensor_shape) and tensorflow/core/protobuf/{saved_model,meta_graph}.proto.
 */

/** An encoded message or field. */
export type Bytes = Buffer;

const producerVersion = 1395; // GraphDef.versions.producer of the ops we write

/** Non-negative integers below 2^53, and negative ones as 64-bit two's complement. */
export function varint(n: number): Bytes {
  let rest = BigInt.asUintN(64, BigInt(n));
  const out: number[] = [];
  do {
    const low = Number(rest & 127n);
    rest >>= 7n;
    out.push(rest ? low | 128 : low);
  } while (rest);
  return Buffer.from(out);
}

const key = (field: number, wireType: number): Bytes => varint((field << 3) | wireType);

export const concat = (parts: readonly Bytes[]): Bytes => Buffer.concat(parts);
export const integerField = (field: number, n: number): Bytes => concat([key(field, 0), varint(n)]);
export const floatField = (field: number, x: number): Bytes => concat([key(field, 5), fixed32(x)]);

export function bytesField(field: number, content: Bytes | string): Bytes {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  return concat([key(field, 2), varint(bytes.length), bytes]);
}

function fixed32(x: number): Bytes {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(x);
  return bytes;
}

/** TensorShapeProto. */
export const shape = (dims: readonly number[]): Bytes => concat(dims.map((d) => bytesField(2, integerField(1, d))));

/** TensorProto with its content as little-endian bytes; one repeated float is written once. */
export function tensor(dtype: number, dims: readonly number[], values: Float32Array | Int32Array | Uint8Array): Bytes {
  const head = [integerField(1, dtype), bytesField(2, shape(dims))];
  const first = values[0];
  if (
    values instanceof Float32Array &&
    first !== undefined &&
    values.length > 16 &&
    values.every((v) => Object.is(v, first))
  ) {
    return concat([...head, bytesField(5, fixed32(first))]);
  }
  return concat([...head, bytesField(4, Buffer.from(values.buffer, values.byteOffset, values.byteLength))]);
}

/** AttrValue: one of its kinds. */
export const attribute = {
  string: (s: string): Bytes => bytesField(2, s),
  integer: (n: number): Bytes => integerField(3, n),
  integers: (ns: readonly number[]): Bytes =>
    bytesField(1, ns.length > 0 ? bytesField(3, concat(ns.map(varint))) : Buffer.alloc(0)),
  float: (x: number): Bytes => floatField(4, x),
  boolean: (b: boolean): Bytes => integerField(5, b ? 1 : 0),
  type: (dtype: number): Bytes => integerField(6, dtype),
  shape: (dims: readonly number[]): Bytes => bytesField(7, shape(dims)),
  tensor: (t: Bytes): Bytes => bytesField(8, t),
} as const;

/** NodeDef, as a field of GraphDef. Inputs are "name", "name:1" or "^name" (a control dependency). */
export function node(
  name: string,
  op: string,
  inputs: readonly string[],
  attributes: Readonly<Record<string, Bytes>>,
): Bytes {
  const fields = [bytesField(1, name), bytesField(2, op), ...inputs.map((input) => bytesField(3, input))];
  for (const [attributeName, value] of Object.entries(attributes)) {
    fields.push(bytesField(5, concat([bytesField(1, attributeName), bytesField(2, value)])));
  }
  return bytesField(1, concat(fields));
}

/** SavedModel with one graph and no signatures. */
export function savedModel(nodes: readonly Bytes[], tags: readonly string[]): Bytes {
  const graph = concat([...nodes, bytesField(4, integerField(1, producerVersion))]);
  const metaGraph = concat([bytesField(1, concat(tags.map((tag) => bytesField(4, tag)))), bytesField(2, graph)]);
  return concat([integerField(1, 1), bytesField(2, metaGraph)]);
}
