/**
 * Gradients over the native kernels, each twice differentiable (all but the fused batch normalisation and cross-entropy, which
 * ops.ts uses for first derivatives only). Some replace tfjs's own, for every tensor: `installNativeGradients` returns how to put them back.
 */
import { detach, engine, runKernel } from '../second-order/tape';
import { tf } from '../tf';

type Gradient = (
  dy: tf.Tensor,
  saved: tf.Tensor[],
  attributes: Readonly<Record<string, unknown>>,
) => Record<string, () => tf.Tensor>;

export function installNativeGradients(): () => void {
  const replaced: tf.GradConfig[] = [];
  const gradient = (
    kernelName: string,
    inputsToSave: string[],
    gradFunc: Gradient,
    outputsToSave: boolean[] = [],
  ): void => {
    const stock = tf.getGradient(kernelName);
    if (stock) {
      replaced.push(stock);
      tf.unregisterGradient(kernelName);
    }
    tf.registerGradient({ kernelName, inputsToSave, outputsToSave, gradFunc: gradFunc as tf.GradFunc });
  };
  const first = (tensors: tf.Tensor[]): tf.Tensor => tensors[0] as tf.Tensor;

  // relu' is piecewise constant: no second derivative through x. It is read off the output, as TensorFlow's own gradient
  // does: x then ends with the rectifier, and graphs make one op of convolution, bias and rectifier.
  const reluGrad = (dy: tf.Tensor, y: tf.Tensor) => runKernel('NativeReluGrad', { dy, x: detach(y) });
  gradient('Relu', [], (dy, [y]) => ({ x: () => reluGrad(dy, y as tf.Tensor) }), [true]);
  gradient('NativeReluGrad', ['x'], (ddx, [y]) => ({ dy: () => reluGrad(ddx, y as tf.Tensor) }));
  const leakyGrad = (dy: tf.Tensor, x: tf.Tensor, alpha: unknown) =>
    runKernel('NativeLeakyReluGrad', { dy, x: detach(x) }, { alpha });
  gradient('NativeLeakyRelu', ['x'], (dy, [x], { alpha }) => ({ x: () => leakyGrad(dy, x as tf.Tensor, alpha) }));
  gradient('NativeLeakyReluGrad', ['x'], (ddx, [x], { alpha }) => ({
    dy: () => leakyGrad(ddx, x as tf.Tensor, alpha),
  }));

  gradient('NativeBroadcastTo', ['x'], (dy, saved) => ({ x: () => sumTo(dy, first(saved).shape) }));
  gradient('Sum', ['x'], (dy, saved, { axis }) => ({ x: () => spread(dy, first(saved).shape, axis) }));
  gradient('Mean', ['x'], (dy, saved, { axis }) => ({
    x: () => {
      const { shape } = first(saved);
      const count = tf.util
        .parseAxisParam(axis as number[], shape)
        .reduce((product, k) => product * (shape[k] as number), 1);
      return spread(tf.mul(dy, 1 / count), shape, axis);
    },
  }));

  gradient('NativeBiasAdd', [], (dy) => ({ x: () => dy.clone(), bias: () => runKernel('NativeBiasAddGrad', { dy }) }));
  gradient('NativeBiasAddGrad', ['dy'], (ddb, saved) => ({ dy: () => broadcastTo(ddb, first(saved).shape) }));

  // d logsoftmax: dy - softmax(x) sum(dy)
  gradient('NativeLogSoftmax', ['x'], (dy, saved) => ({
    x: () => tf.sub(dy, tf.mul(tf.softmax(first(saved)), tf.sum(dy, -1, true))),
  }));

  gradient(
    'NativeSoftmaxCrossEntropy',
    ['logits'],
    (dys, [logits, slope]) => {
      const dy = (dys as unknown as tf.Tensor[])[0] as tf.Tensor1D;
      const column = tf.reshape(dy, [dy.size, 1]);
      return {
        logits: () => tf.mul(column, slope as tf.Tensor),
        labels: () => tf.neg(tf.mul(column, runKernel('NativeLogSoftmax', { x: logits as tf.Tensor }))),
      };
    },
    [false, true],
  );
  gradient('NativeSplit', [], (dys) => ({ x: () => tf.concat(dys as unknown as tf.Tensor1D[]) }));

  const pooled = (
    name: string,
    saved: tf.Tensor[],
    more: Record<string, tf.Tensor>,
    attributes: Readonly<Record<string, unknown>>,
  ) => {
    const [input, output] = saved as [tf.Tensor, tf.Tensor];
    const { filterSize, strides, pad } = attributes;
    return runKernel(name, { input: detach(input), output: detach(output), ...more }, { filterSize, strides, pad });
  };
  const both = ['input', 'output'];
  gradient('MaxPool', ['x'], (dy, saved, at) => ({ x: () => pooled('NativeMaxPoolGrad', saved, { dy }, at) }), [true]);
  // Where windows do not meet, the entries of ddx that pooling took are k k avgPool(mask ddx), mask = MaxPoolGrad(1): graphs
  // have a fast MaxPoolGrad and a slow MaxPoolGradGrad ([128, 28, 28, 16]: 1.2 ms against 6.6 ms), and share the mask.
  gradient('NativeMaxPoolGrad', both, (ddx, saved, at) => ({
    dy: () => {
      const [height, width] = disjointWindows(at);
      if (height === 0) return pooled('NativeMaxPoolGradGrad', saved, { ddx }, at);
      const ones = broadcastTo(tf.scalar(1), (saved[1] as tf.Tensor).shape);
      const mask = pooled('NativeMaxPoolGrad', saved, { dy: ones }, at);
      const { filterSize, strides } = at as { filterSize: [number, number]; strides: [number, number] };
      const kept: tf.Tensor4D = tf.mul(mask, ddx);
      return tf.mul(tf.avgPool(kept, filterSize, strides, 'valid'), height * width);
    },
  }));
  gradient('NativeMaxPoolGradGrad', both, (dy, saved, at) => ({
    ddx: () => pooled('NativeMaxPoolGrad', saved, { dy }, at),
  }));

  // Gathering rows is linear; its adjoint adds them up where they came from.
  gradient('NativeGatherRows', ['x', 'indices'], (dy, [x, indices]) => ({
    x: () => runKernel('NativeScatterRows', { dy, indices: indices as tf.Tensor }, { rows: (x as tf.Tensor).shape[0] }),
  }));
  gradient('NativeScatterRows', ['indices'], (ddx, [indices]) => ({
    dy: () => runKernel('NativeGatherRows', { x: ddx, indices: indices as tf.Tensor }),
  }));

  tf.registerGradient({
    kernelName: 'NativeBatchNorm',
    inputsToSave: ['x', 'gamma'],
    outputsToSave: [false, false, false, true, true, true],
    gradFunc: (dys, saved, { eps }) => {
      const [x, gamma, s1, s2, s3] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
      const dy = (dys as tf.Tensor[])[0] as tf.Tensor;
      const [dx, dGamma, dBeta] = engine().runKernel(
        'NativeBatchNormGrad',
        { dy, x, gamma, s1, s2, s3 },
        { eps },
      ) as unknown as [tf.Tensor, tf.Tensor, tf.Tensor];
      return { x: () => dx, gamma: () => dGamma, beta: () => dBeta };
    },
  });

  return () => {
    for (const stock of replaced) {
      tf.unregisterGradient(stock.kernelName);
      tf.registerGradient(stock);
    }
  };
}

/** Size of the windows of a pooling, [0, 0] where they overlap or are padded. */
function disjointWindows({ filterSize, strides, pad }: Readonly<Record<string, unknown>>): readonly [number, number] {
  const pair = (value: unknown) => (Array.isArray(value) ? value : [value, value]) as [number, number];
  const [size, stride] = [pair(filterSize), pair(strides)];
  return pad === 'valid' && stride[0] >= size[0] && stride[1] >= size[1] ? size : [0, 0];
}

const broadcastTo = (x: tf.Tensor, shape: readonly number[]): tf.Tensor =>
  runKernel('NativeBroadcastTo', { x }, { shape: [...shape] });

/** The adjoint of broadcasting: sums over the axes that were added or stretched. */
function sumTo(t: tf.Tensor, shape: readonly number[]): tf.Tensor {
  const added = t.rank - shape.length;
  const axes = t.shape.map((_, i) => i).filter((i) => i < added || (shape[i - added] === 1 && t.shape[i] !== 1));
  return tf.reshape(axes.length > 0 ? tf.sum(t, axes) : t, [...shape]);
}

/** The adjoint of a sum over `axis`: dy spread over the shape that was summed. */
function spread(dy: tf.Tensor, shape: readonly number[], axis: unknown): tf.Tensor {
  const kept = [...shape];
  for (const k of tf.util.parseAxisParam(axis as number[], kept)) kept[k] = 1;
  return broadcastTo(tf.reshape(dy, kept), shape);
}
