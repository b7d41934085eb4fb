/**
 * Training kernels that tfjs-backend-wasm 4.22 lacks or has only as naive loops, composed of its fast ones:
 *   Conv2DBackpropFilter  missing: dw[i,j,ci,co] = sum_{n,h,w} x[n,h+i,w+j,ci] dy[n,h,w,co], a convolution of transposed x by dy
 *   Conv2DBackpropInput   2 GFLOP/s: the convolution of spread dy by the flipped filter instead
 *   BatchMatMul           0.4 to 2 GFLOP/s with a transposed operand: transposed first (30 GFLOP/s)
 *   UnsortedSegmentSum    missing (the gradient of a gather): a product with the one-hot matrix
 *   MaxPoolGrad           wrong: it drops windows without a positive entry. Raised by a constant, all entries are positive
 */
import { tf } from '../tf';

type Inputs = Readonly<Record<string, tf.Tensor>>;
type Attributes = Readonly<Record<string, unknown>>;

interface ConvolutionAttributes {
  readonly strides: number | [number, number];
  readonly pad: number | 'valid' | 'same';
  readonly dataFormat: 'NHWC' | 'NCHW';
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}
type Shape4 = [number, number, number, number];

export function registerWasmKernels(): void {
  const stockMatMul = tf.getKernel('BatchMatMul', 'wasm').kernelFunc;
  replace('BatchMatMul', ({ inputs, attrs, backend }) => {
    const { a, b } = inputs as { a: tf.TensorInfo; b: tf.TensorInfo };
    const { transposeA, transposeB } = attrs as unknown as { transposeA: boolean; transposeB: boolean };
    const left = transposeA ? transposed(a) : a;
    const right = transposeB ? transposed(b) : b;
    const result = stockMatMul({
      inputs: { a: left, b: right },
      attrs: { transposeA: false, transposeB: false },
      backend,
    });
    if (left !== a) tf.dispose(left as tf.Tensor);
    if (right !== b) tf.dispose(right as tf.Tensor);
    return result;
  });
  const stockMaxPoolGrad = tf.getKernel('MaxPoolGrad', 'wasm').kernelFunc;
  replace('MaxPoolGrad', ({ inputs, attrs, backend }) => {
    const { dy, input, output } = inputs as { dy: tf.TensorInfo; input: tf.TensorInfo; output: tf.TensorInfo };
    const raised = tf.tidy(() => {
      const by = tf.sub(1, tf.min(tensorOf(input)));
      return [tf.add(tensorOf(input), by), tf.add(tensorOf(output), by)] as const;
    });
    const result = stockMaxPoolGrad({
      inputs: { dy, input: raised[0], output: raised[1] },
      attrs: attrs ?? {},
      backend,
    });
    tf.dispose([...raised]);
    return result;
  });
  composed('Conv2DBackpropFilter', filterGradient);
  composed('Conv2DBackpropInput', inputGradient);
  composed('UnsortedSegmentSum', segmentSum);
}

function replace(kernelName: string, kernelFunc: tf.KernelFunc): void {
  if (tf.getKernelsForBackend('wasm').some((kernel) => kernel.kernelName === kernelName))
    tf.unregisterKernel(kernelName, 'wasm');
  tf.registerKernel({ kernelName, backendName: 'wasm', kernelFunc });
}

function composed(kernelName: string, f: (inputs: Inputs, attributes: Attributes) => tf.Tensor): void {
  replace(kernelName, ({ inputs, attrs }) => tf.tidy(() => f(inputs as Inputs, attrs ?? {})));
}

/** Kernels are given tensors, though their types promise less. */
const tensorOf = (info: tf.TensorInfo): tf.Tensor => info as tf.Tensor;

function transposed(info: tf.TensorInfo): tf.Tensor {
  const order = info.shape.map((_, i) => i);
  order.push(...order.splice(-2).reverse());
  return tf.transpose(tensorOf(info), order);
}

function convolution(inputShape: readonly number[], filterShape: readonly number[], attributes: Attributes) {
  const { strides, pad, dataFormat, dimRoundingMode } = attributes as unknown as ConvolutionAttributes;
  const layout = tf.backend_util.convertConv2DDataFormat(dataFormat);
  return tf.backend_util.computeConv2DInfo(
    inputShape as Shape4,
    filterShape as Shape4,
    strides,
    1,
    pad,
    dimRoundingMode,
    false,
    layout,
  );
}

/** A convolution whose batch is ci, whose channels are n and whose filter is dy. */
function filterGradient({ x, dy }: Inputs, attributes: Attributes): tf.Tensor {
  const filterShape = attributes.filterShape as Shape4;
  const input = x as tf.Tensor4D;
  const info = convolution(input.shape, filterShape, attributes);
  const { top, bottom, left, right } = info.padInfo;
  const [height, width, inChannels, outChannels] = filterShape;
  const padded = tf.pad(input, [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ]);
  const images = tf.transpose(padded, [3, 1, 2, 0]);
  const filter = tf.transpose(dy as tf.Tensor4D, [1, 2, 0, 3]);
  const all = tf.conv2d(images, filter, 1, 'valid', 'NHWC', [info.strideHeight, info.strideWidth]);
  return tf.transpose(tf.slice(all, [0, 0, 0, 0], [inChannels, height, width, outChannels]), [1, 2, 0, 3]);
}

function inputGradient({ dy, filter }: Inputs, attributes: Attributes): tf.Tensor {
  const [batch, height, width] = attributes.inputShape as Shape4;
  const weights = filter as tf.Tensor4D;
  const info = convolution(attributes.inputShape as Shape4, weights.shape, attributes);
  const [filterHeight, filterWidth] = weights.shape;
  const { strideHeight: sh, strideWidth: sw, outChannels: channels } = info;
  let [rows, columns] = [info.outHeight, info.outWidth];
  let d = dy as tf.Tensor4D;
  if (sh > 1 || sw > 1) {
    // Spread dy over the input's grid, zeros between.
    const tall = tf.pad(tf.reshape(d, [batch * rows, 1, columns, channels]), [
      [0, 0],
      [0, sh - 1],
      [0, 0],
      [0, 0],
    ]);
    const wide = tf.pad(tf.reshape(tall, [batch * rows * sh, columns, 1, channels]), [
      [0, 0],
      [0, 0],
      [0, sw - 1],
      [0, 0],
    ]);
    [rows, columns] = [rows * sh, columns * sw];
    d = tf.reshape(wide, [batch, rows, columns, channels]);
  }
  // What to add (or, if negative, to cut) on each side, for an output of height x width.
  const top = filterHeight - 1 - info.padInfo.top;
  const left = filterWidth - 1 - info.padInfo.left;
  const bottom = height + filterHeight - 1 - top - rows;
  const right = width + filterWidth - 1 - left - columns;
  const cut = (v: number): number => Math.max(0, -v);
  const add = (v: number): number => Math.max(0, v);
  if (Math.min(top, bottom, left, right) < 0) {
    const kept: Shape4 = [batch, rows - cut(top) - cut(bottom), columns - cut(left) - cut(right), channels];
    d = tf.slice(d, [0, cut(top), cut(left), 0], kept);
  }
  d = tf.pad(d, [
    [0, 0],
    [add(top), add(bottom)],
    [add(left), add(right)],
    [0, 0],
  ]);
  const flipped: tf.Tensor4D = tf.transpose(tf.reverse(weights, [0, 1]), [0, 1, 3, 2]);
  return tf.conv2d(d, flipped, 1, 'valid');
}

function segmentSum({ x, segmentIds }: Inputs, attributes: Attributes): tf.Tensor {
  const segments = attributes.numSegments as number;
  const input = x as tf.Tensor;
  const [count, ...rest] = input.shape as [number, ...number[]];
  const size = rest.reduce((product, n) => product * n, 1);
  const ids = tf.cast(segmentIds as tf.Tensor1D, 'int32');
  const oneHot = tf.cast(tf.oneHot(ids, segments), 'float32'); // oneHot of float32 is wrong on wasm
  return tf.reshape(tf.matMul(oneHot as tf.Tensor2D, tf.reshape(input, [count, size]), true, false), [
    segments,
    ...rest,
  ]);
}
