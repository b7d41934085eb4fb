/** Collects the nodes of one graph, and which node output each native tensor is. */
import type { Attribute, NativeBinding, NativeValues } from '../backends/native-binding';
import { TheriacError } from '../errors';
import { attribute, node, savedModel, tensor, type Bytes } from './protobuf';

/** Constants up to this many bytes are written once, however often they are made. */
const largestShared = 4096;

/** A graph of fewer nodes, constants among them, has no branches worth another thread (small-graphs.cc). */
const largestSmall = 100;

/** A graph cannot hold this: FAILED_PRECONDITION. */
export const untraceable = (what: string, remedy: string): TheriacError =>
  new TheriacError(`compile: ${what}`, { code: 'FAILED_PRECONDITION', remedy });

export class GraphWriter {
  private readonly nodes: Bytes[] = [];
  private readonly references = new Map<number, string>();
  private readonly constants = new Map<string, string>();
  private readonly fetched = new Set<string>();

  constructor(private readonly binding: NativeBinding) {}

  get count(): number {
    return this.nodes.length;
  }

  /** What the graph is loaded by. */
  get tags(): readonly string[] {
    return this.count < largestSmall ? ['serve', 'small'] : ['serve'];
  }

  savedModel(): Bytes {
    return savedModel(this.nodes, this.tags);
  }

  /** An input of the graph, which the native tensor `id` stands for while tracing. */
  placeholder(id: number, dtype: number, dims: readonly number[]): string {
    const name = this.add('Placeholder', [], { dtype: attribute.type(dtype), shape: attribute.shape(dims) });
    this.references.set(id, name);
    this.fetched.add(name); // an input cannot be fetched as it is
    return `${name}:0`;
  }

  constant(id: number, dtype: number, dims: readonly number[], values: NativeValues): void {
    const bytes = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
    const key = bytes.length <= largestShared ? `${dtype}/${dims.join()}/${bytes.toString('latin1')}` : undefined;
    let name = key === undefined ? undefined : this.constants.get(key);
    if (name === undefined) {
      name = this.add('Const', [], {
        dtype: attribute.type(dtype),
        value: attribute.tensor(tensor(dtype, dims, values)),
      });
      if (key !== undefined) this.constants.set(key, name);
    }
    this.references.set(id, name);
  }

  operation(op: string, attributes: readonly Attribute[], inputs: readonly number[], outputs: readonly number[]): void {
    const encoded = Object.fromEntries(attributes.map((given) => [given.name, this.encode(given)]));
    const name = this.add(
      op,
      inputs.map((id) => this.reference(id)),
      encoded,
    );
    outputs.forEach((id, i) => this.references.set(id, i === 0 ? name : `${name}:${i}`));
  }

  /** The name by which the native tensor `id` can be fetched; its own for each call. */
  output(id: number, dtype: number): string {
    let reference = this.reference(id);
    if (this.fetched.has(reference)) reference = this.add('Identity', [reference], { T: attribute.type(dtype) });
    this.fetched.add(reference);
    return reference.includes(':') ? reference : `${reference}:0`;
  }

  private reference(id: number): string {
    const reference = this.references.get(id);
    if (reference !== undefined) return reference;
    throw untraceable('the function uses a tensor that was made outside it', 'Pass it as an input.');
  }

  private add(op: string, inputs: readonly string[], attributes: Readonly<Record<string, Bytes>>): string {
    const name = `n${this.nodes.length}`;
    this.nodes.push(node(name, op, inputs, attributes));
    return name;
  }

  private encode({ name, type, value }: Attribute): Bytes {
    const { binding } = this;
    const list = Array.isArray(value);
    if (type === binding.TF_ATTR_STRING && !list) return attribute.string(String(value));
    if (type === binding.TF_ATTR_INT)
      return list ? attribute.integers(value as number[]) : attribute.integer(Number(value));
    if (type === binding.TF_ATTR_FLOAT && !list) return attribute.float(Number(value));
    if (type === binding.TF_ATTR_BOOL && !list) return attribute.boolean(Boolean(value));
    if (type === binding.TF_ATTR_TYPE && !list) return attribute.type(Number(value));
    if (type === binding.TF_ATTR_SHAPE && list) return attribute.shape(value as number[]);
    throw untraceable(`attribute ${name} has a kind that graphs are not written with`, 'Report this.');
  }
}
