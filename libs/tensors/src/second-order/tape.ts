/** The parts of tfjs-core's engine that differentiation touches and its types hide. */
import { tf } from '../tf';

export interface TapeNode {
  readonly inputs: Readonly<Record<string, tf.Tensor>>;
  readonly outputs: readonly tf.Tensor[];
}

export type SaveTensors = (tensors: tf.Tensor[]) => void;
/** As in tf.customGrad: the arguments, then the function that saves tensors. */
export type CustomGradient = (...args: (tf.Tensor | SaveTensors)[]) => { value: tf.Tensor; gradFunc: unknown };

export interface Engine {
  readonly state: {
    activeTape: TapeNode[];
    readonly gradientDepth: number;
    readonly tensorInfo: { get(dataId: object): { backend: { incRef(dataId: object): void } } | undefined };
  };
  addTapeNode(
    kernelName: string,
    inputs: Readonly<Record<string, tf.Tensor>>,
    outputs: readonly tf.Tensor[],
    gradient: unknown,
    saved: readonly tf.Tensor[],
    attributes: unknown,
  ): void;
  customGrad(f: CustomGradient): (...args: tf.Tensor[]) => tf.Tensor;
  runKernel(
    name: string,
    inputs: Readonly<Record<string, tf.Tensor>>,
    attributes?: Readonly<Record<string, unknown>>,
  ): tf.Tensor;
  gradients(
    f: () => tf.Tensor,
    xs: readonly tf.Tensor[],
    dy?: tf.Tensor,
    allowNoGradients?: boolean,
  ): { value: tf.Tensor; grads: (tf.Tensor | null)[] };
  makeTensorFromTensorInfo(info: tf.TensorInfo): tf.Tensor;
}

export function engine(): Engine {
  return tf.engine() as unknown as Engine;
}

/** How many gradients are being taken around this point: 0 outside, 1 in a gradient, 2 in a gradient of a gradient. */
export const gradientDepth = (): number => engine().state.gradientDepth;

/** Runs a kernel through the tape. The caller disposes. */
export function runKernel<T extends tf.Tensor>(
  name: string,
  inputs: Readonly<Record<string, tf.Tensor>>,
  attributes: Readonly<Record<string, unknown>> = {},
): T {
  return engine().runKernel(name, inputs, attributes) as T;
}

/** The same data off the tape, a constant to every gradient (the stopGradient that tfjs lacks). The caller disposes. */
export function detach<T extends tf.Tensor>(tensor: T): T {
  const { state } = engine();
  const entry = state.tensorInfo.get(tensor.dataId);
  if (!entry) throw new Error('detach: the tensor is disposed');
  entry.backend.incRef(tensor.dataId);
  return engine().makeTensorFromTensorInfo(tensor) as T;
}

/** f(x) and df/dx, null where f does not depend on x. The caller disposes. */
export function differentiate(
  f: (x: tf.Tensor) => tf.Tensor,
  x: tf.Tensor,
): { value: tf.Tensor; slope: tf.Tensor | null } {
  const { value, grads } = engine().gradients(() => f(x), [x], undefined, true);
  return { value, slope: grads[0] ?? null };
}
