/**
 * Gradients that tfjs-core 4.22 does not register, so that gradients can be differentiated once more.
 *
 *   Conv2DBackpropFilter  dw = x (*) dy is bilinear: the adjoint in x is a transposed convolution of dy by ddw, in dy conv2d(x, ddw)
 *   AvgPoolGrad           linear in dy: its adjoint is average pooling
 *   MaxPoolGrad           selects one entry of each window: its adjoint selects the same entries of ddx
 *   comparisons, logic    piecewise constant: zero
 *
 * and one that fails: SplitV into a single part is handed a tensor where it expects a list.
 */
import { tf } from '../tf';
import { detach, runKernel } from './tape';

type Pad = number | 'valid' | 'same';
type Pair = [number, number];
interface PoolAttributes {
  readonly filterSize: number | Pair;
  readonly strides: number | Pair;
  readonly pad: Pad;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}
interface ConvolutionAttributes {
  readonly strides: number | Pair;
  readonly pad: Pad;
  readonly dataFormat: 'NHWC' | 'NCHW';
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

const piecewiseConstant = {
  a: ['Equal', 'NotEqual', 'Greater', 'GreaterEqual', 'Less', 'LessEqual', 'LogicalAnd', 'LogicalOr'],
  x: ['LogicalNot', 'IsNan', 'IsInf', 'IsFinite'],
};

/** float32 whatever the tensor's own type, as the tape demands. */
const zeros = (tensor: tf.Tensor): tf.Tensor => tf.zeros(tensor.shape);

export function registerMissingGradients(): void {
  for (const kernelName of piecewiseConstant.a) {
    if (tf.getGradient(kernelName)) continue;
    tf.registerGradient({
      kernelName,
      inputsToSave: ['a', 'b'],
      gradFunc: (_dy, [a, b]) => ({ a: () => zeros(a as tf.Tensor), b: () => zeros(b as tf.Tensor) }),
    });
  }
  for (const kernelName of piecewiseConstant.x) {
    if (tf.getGradient(kernelName)) continue;
    tf.registerGradient({
      kernelName,
      inputsToSave: ['x'],
      gradFunc: (_dy, [x]) => ({ x: () => zeros(x as tf.Tensor) }),
    });
  }

  tf.unregisterGradient('SplitV');
  tf.registerGradient({
    kernelName: 'SplitV',
    gradFunc: (dy, _saved, { axis }) => ({
      x: () => (Array.isArray(dy) ? tf.concat(dy, axis as number) : tf.clone(dy)),
    }),
  });

  tf.registerGradient({
    kernelName: 'Conv2DBackpropFilter',
    inputsToSave: ['x', 'dy'],
    gradFunc: (given, [x, dy], attrs) => {
      const ddw = given as tf.Tensor4D;
      const { strides, pad, dataFormat, dimRoundingMode } = attrs as unknown as ConvolutionAttributes;
      const inputShape = (x as tf.Tensor).shape;
      return {
        x: () =>
          runKernel(
            'Conv2DBackpropInput',
            { dy: dy as tf.Tensor, filter: ddw },
            { strides, pad, dataFormat, dimRoundingMode, inputShape },
          ),
        dy: () => tf.conv2d(x as tf.Tensor4D, ddw, strides, pad, dataFormat, 1, dimRoundingMode),
      };
    },
  });

  tf.registerGradient({
    kernelName: 'AvgPoolGrad',
    inputsToSave: ['input'],
    gradFunc: (ddx, [input], attrs) => {
      const { filterSize, strides, pad } = attrs as unknown as PoolAttributes;
      return {
        dy: () => tf.avgPool(ddx as tf.Tensor4D, filterSize, strides, pad),
        input: () => zeros(input as tf.Tensor),
      };
    },
  });

  tf.registerGradient({
    kernelName: 'MaxPoolGrad',
    inputsToSave: ['input', 'output'],
    gradFunc: (ddx, [input, output], attrs) => ({
      dy: () =>
        selectLikeMaxPool(
          detach(input as tf.Tensor4D),
          detach(output as tf.Tensor4D),
          ddx as tf.Tensor4D,
          attrs as unknown as PoolAttributes,
        ),
      input: () => zeros(input as tf.Tensor),
      output: () => zeros(output as tf.Tensor),
    }),
  });
}

/** The entries of ddx where max pooling of `input` took its outputs; k*k*avgPool(selected * ddx) for disjoint windows. */
function selectLikeMaxPool(
  input: tf.Tensor4D,
  output: tf.Tensor4D,
  ddx: tf.Tensor4D,
  attributes: PoolAttributes,
): tf.Tensor4D {
  const { filterSize, strides, pad, dimRoundingMode } = attributes;
  const pair = (v: number | Pair): Pair => (Array.isArray(v) ? v : [v, v]);
  const size = pair(filterSize);
  const stride = pair(strides);
  if (stride[0] < size[0] || stride[1] < size[1] || pad !== 'valid') {
    throw new Error(
      'the second derivative of max pooling with overlapping or padded windows needs the tensorflow backend',
    );
  }
  const selected = runKernel<tf.Tensor4D>(
    'MaxPoolGrad',
    { dy: tf.onesLike(output), input, output },
    { filterSize, strides, pad, dimRoundingMode },
  );
  return tf.mul(tf.avgPool(tf.mul(selected, ddx), filterSize, strides, pad), size[0] * size[1]);
}
