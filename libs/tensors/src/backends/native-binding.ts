/** What we use of tfjs-node's native binding and of its backend, whose own types hide it. */
import { tf } from '../tf';

export interface TensorMetadata {
  readonly id: number;
  readonly shape: number[];
  readonly dtype: number;
}

export type AttributeValue = boolean | number | string | readonly number[];

export interface Attribute {
  readonly name: string;
  readonly type: number;
  readonly value: AttributeValue;
}

export type NativeValues = Float32Array | Int32Array | Uint8Array;

export interface NativeBinding {
  createTensor(shape: number[], dtype: number, values: NativeValues): number;
  deleteTensor(id: number): void;
  tensorDataSync(id: number): NativeValues;
  executeOp(name: string, attributes: Attribute[], inputs: number[], outputs: number): TensorMetadata[];
  loadSavedModel(folder: string, tags: string): number;
  deleteSavedModel(id: number): void;
  runSavedModel(id: number, inputs: number[], inputNames: string, outputNames: string): TensorMetadata[];
  getNumOfTensors(): number;
  readonly TF_FLOAT: number;
  readonly TF_INT32: number;
  readonly TF_UINT8: number;
  readonly TF_ATTR_STRING: number;
  readonly TF_ATTR_INT: number;
  readonly TF_ATTR_FLOAT: number;
  readonly TF_ATTR_BOOL: number;
  readonly TF_ATTR_TYPE: number;
  readonly TF_ATTR_SHAPE: number;
  readonly TF_Version: string;
}

export interface NativeBackend {
  binding: NativeBinding;
  readonly isUsingGpuDevice: boolean;
  readonly tensorMap: { get(dataId: object): { id: number; values: NativeValues | null } };
  getDTypeInteger(dtype: tf.DataType): number;
  getInputTensorIds(tensors: readonly tf.TensorInfo[]): number[];
  createOutputTensor(metadata: TensorMetadata): tf.Tensor;
  executeSingleOutput(name: string, attributes: readonly Attribute[], inputs: readonly tf.TensorInfo[]): tf.Tensor;
  executeMultipleOutputs(
    name: string,
    attributes: readonly Attribute[],
    inputs: readonly tf.TensorInfo[],
    outputs: number,
  ): tf.Tensor[];
  write(values: NativeValues, shape: number[], dtype: tf.DataType): object;
}

/** The running backend, which must be `tensorflow`. */
export function nativeBackend(): NativeBackend {
  if (tf.getBackend() !== 'tensorflow') throw new Error(`the tensorflow backend is needed, ${tf.getBackend()} runs`);
  return tf.backend() as unknown as NativeBackend;
}

/** Writers of op attributes. */
export interface Attributes {
  type(name: string, dtype: number): Attribute;
  integer(name: string, value: number): Attribute;
  integers(name: string, value: readonly number[]): Attribute;
  float(name: string, value: number): Attribute;
  string(name: string, value: string): Attribute;
  boolean(name: string, value: boolean): Attribute;
  /** T = float32 */
  readonly float32: Attribute;
  readonly nhwc: Attribute;
}

export function attributesOf(binding: NativeBinding): Attributes {
  const of = (type: number) => (name: string, value: AttributeValue) => ({ name, type, value });
  return {
    type: of(binding.TF_ATTR_TYPE),
    integer: of(binding.TF_ATTR_INT),
    integers: of(binding.TF_ATTR_INT),
    float: of(binding.TF_ATTR_FLOAT),
    string: of(binding.TF_ATTR_STRING),
    boolean: of(binding.TF_ATTR_BOOL),
    float32: { name: 'T', type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT },
    nhwc: { name: 'data_format', type: binding.TF_ATTR_STRING, value: 'NHWC' },
  };
}
