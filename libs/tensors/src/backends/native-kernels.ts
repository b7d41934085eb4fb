/**
 * TensorFlow ops that tfjs-node never calls, as tfjs kernels of the `tensorflow` backend. Names begin with "Native".
 * Why each is here (activation of 3.2 M values, or 10 us an op that need not run):
 *   ReluGrad         one pass instead of eight ops (18 ms -> 2 ms)
 *   BroadcastTo      gradients of sums without an array of ones made in JavaScript
 *   BiasAdd, MatMul  rank-2 forms, faster than Add with broadcasting and BatchMatMulV2
 *   LogSoftmax, MaxPoolGradGrad, LeakyReluGrad, FusedBatchNormV3   not there at all
 *   GatherV2         without reading its indices back (which no graph can)
 *   Slice            the parts of a vector over its own memory, where SplitV copies them
 *   SoftmaxCrossEntropyWithLogits   the loss and its gradient as one op instead of a dozen (128 rows: 0.1 ms of a step)
 */
import { tf } from '../tf';
import { registerImageGradient } from './image-gradient';
import { attributesOf, type NativeBackend, type NativeBinding } from './native-binding';

type Inputs = Readonly<Record<string, tf.TensorInfo>>;
type Kernel = (
  backend: NativeBackend,
  inputs: Inputs,
  attributes: Readonly<Record<string, unknown>>,
) => tf.Tensor | tf.Tensor[];
type Pair = readonly [number, number];

function register(kernelName: string, kernel: Kernel): void {
  tf.registerKernel({
    kernelName,
    backendName: 'tensorflow',
    kernelFunc: ({ inputs, attrs, backend }) => kernel(backend as NativeBackend, inputs as Inputs, attrs ?? {}),
  });
}

function required(inputs: Inputs, name: string): tf.TensorInfo {
  const input = inputs[name];
  if (!input) throw new Error(`kernel input ${name} is missing`);
  return input;
}

/** Runs with a small int32 tensor made for the call, as shapes and axes are passed. */
function withInt32(values: readonly number[], shape: number[], use: (tensor: tf.Tensor) => tf.Tensor): tf.Tensor {
  const tensor = tf.tensor([...values], shape, 'int32');
  const result = use(tensor);
  tensor.dispose();
  return result;
}

export function registerNativeKernels(binding: NativeBinding): void {
  const a = attributesOf(binding);
  const float32 = [a.float32];

  /** Kernels whose TensorFlow op takes the named inputs in order, and T = float32. */
  const plain: readonly [name: string, op: string, inputs: readonly string[], layout?: boolean][] = [
    ['NativeReluGrad', 'ReluGrad', ['dy', 'x']],
    ['NativeLogSoftmax', 'LogSoftmax', ['x']],
    ['NativeBiasAdd', 'BiasAdd', ['x', 'bias'], true],
    ['NativeBiasAddGrad', 'BiasAddGrad', ['dy'], true],
  ];
  for (const [name, op, names, layout] of plain) {
    const attributes = layout ? [a.float32, a.nhwc] : float32;
    register(name, (b, inputs) =>
      b.executeSingleOutput(
        op,
        attributes,
        names.map((input) => required(inputs, input)),
      ),
    );
  }

  register('NativeSoftmaxCrossEntropy', (b, inputs) =>
    b.executeMultipleOutputs(
      'SoftmaxCrossEntropyWithLogits',
      float32,
      ['logits', 'labels'].map((name) => required(inputs, name)),
      2,
    ),
  );

  for (const [name, names] of [
    ['LeakyRelu', ['x']],
    ['LeakyReluGrad', ['dy', 'x']],
  ] as const) {
    register(`Native${name}`, (b, inputs, { alpha }) =>
      b.executeSingleOutput(
        name,
        [a.float32, a.float('alpha', alpha as number)],
        names.map((input) => required(inputs, input)),
      ),
    );
  }

  const broadcast = [a.float32, a.type('Tidx', binding.TF_INT32)];
  register('NativeBroadcastTo', (b, inputs, { shape }) => {
    const to = shape as number[];
    return withInt32(to, [to.length], (dims) =>
      b.executeSingleOutput('BroadcastTo', broadcast, [required(inputs, 'x'), dims]),
    );
  });

  const pooling = ({ filterSize, strides, pad }: Readonly<Record<string, unknown>>) => {
    const pair = (value: unknown): Pair =>
      Array.isArray(value) ? (value as unknown as Pair) : [value as number, value as number];
    return [
      a.float32,
      a.integers('ksize', [1, ...pair(filterSize), 1]),
      a.integers('strides', [1, ...pair(strides), 1]),
      a.string('padding', String(pad).toUpperCase()),
      a.nhwc,
    ];
  };
  register('NativeMaxPoolGrad', (b, inputs, attributes) =>
    b.executeSingleOutput(
      'MaxPoolGrad',
      pooling(attributes),
      ['input', 'output', 'dy'].map((name) => required(inputs, name)),
    ),
  );
  register('NativeMaxPoolGradGrad', (b, inputs, attributes) =>
    b.executeSingleOutput(
      'MaxPoolGradGrad',
      pooling(attributes),
      ['input', 'output', 'ddx'].map((name) => required(inputs, name)),
    ),
  );

  registerImageGradient();
  registerRows(binding);
  registerMatMul(binding);
  registerBatchNorm(binding);
}

function registerRows(binding: NativeBinding): void {
  const a = attributesOf(binding);
  const gather = (b: NativeBackend, x: tf.TensorInfo, indices: tf.TensorInfo): tf.Tensor =>
    withInt32([0], [], (axis) =>
      b.executeSingleOutput(
        'GatherV2',
        [
          a.integer('batch_dims', 0),
          a.type('Tparams', b.getDTypeInteger(x.dtype)),
          a.type('Tindices', binding.TF_INT32),
          a.type('Taxis', binding.TF_INT32),
        ],
        [x, indices, axis],
      ),
    );
  const slice = [a.float32, a.type('Index', binding.TF_INT32)];
  register('NativeSplit', (b, inputs, { sizes }) => {
    const x = required(inputs, 'x');
    let from = 0;
    return (sizes as readonly number[]).map((size) => {
      const begin = tf.tensor1d([from], 'int32');
      from += size;
      const part = withInt32([size], [1], (length) => b.executeSingleOutput('Slice', slice, [x, begin, length]));
      begin.dispose();
      return part;
    });
  });

  register('NativeGatherRows', (b, inputs) => gather(b, required(inputs, 'x'), required(inputs, 'indices')));

  const scatter = [a.float32, a.type('Tindices', binding.TF_INT32), a.type('Tnumsegments', binding.TF_INT32)];
  register('NativeScatterRows', (b, inputs, { rows }) =>
    withInt32([rows as number], [], (count) =>
      b.executeSingleOutput('UnsortedSegmentSum', scatter, [
        required(inputs, 'dy'),
        required(inputs, 'indices'),
        count,
      ]),
    ),
  );

  // int32 words -> 4 bytes each -> one row -> its first `features` -> float32. The steps between hold uint8, a type tfjs lacks.
  const t = (name: string, dtype: number) => a.type(name, dtype);
  const { TF_INT32: int32, TF_UINT8: uint8, TF_FLOAT: float } = binding;
  register('NativeGatherBytes', (b, inputs, { features }) => {
    const packed = required(inputs, 'packed');
    const [rows, words] = [required(inputs, 'indices').shape[0] as number, packed.shape[1] as number];
    const temporary: tf.Tensor[] = [];
    const step = (tensor: tf.Tensor): tf.Tensor => (temporary.push(tensor), tensor);
    const picked = step(gather(b, packed, required(inputs, 'indices')));
    const bytes = step(b.executeSingleOutput('Bitcast', [t('T', int32), t('type', uint8)], [picked]));
    let flat = step(
      withInt32([rows, 4 * words], [2], (shape) =>
        b.executeSingleOutput('Reshape', [t('T', uint8), t('Tshape', int32)], [bytes, shape]),
      ),
    );
    if (features !== 4 * words) {
      const begin = step(tf.tensor1d([0, 0], 'int32'));
      const size = step(tf.tensor1d([rows, features as number], 'int32'));
      flat = step(b.executeSingleOutput('Slice', [t('T', uint8), t('Index', int32)], [flat, begin, size]));
    }
    const result = b.executeSingleOutput(
      'Cast',
      [t('SrcT', uint8), t('DstT', float), a.boolean('Truncate', false)],
      [flat],
    );
    tf.dispose(temporary);
    return result;
  });
}

function registerMatMul(binding: NativeBinding): void {
  const a = attributesOf(binding);
  tf.unregisterKernel('BatchMatMul', 'tensorflow');
  register('BatchMatMul', (b, inputs, { transposeA, transposeB }) => {
    const [left, right] = [required(inputs, 'a'), required(inputs, 'b')];
    const [ta, tb] = [transposeA === true, transposeB === true];
    if (ta && !tb && tallAndNarrow(left.shape, right.shape)) {
      const product = b.executeSingleOutput(
        'MatMul',
        [a.float32, a.boolean('transpose_a', true), a.boolean('transpose_b', false)],
        [right, left],
      );
      const transposed = withInt32([1, 0], [2], (axes) =>
        b.executeSingleOutput('Transpose', [a.float32, a.type('Tperm', binding.TF_INT32)], [product, axes]),
      );
      product.dispose();
      return transposed;
    }
    return left.shape.length === 2 && right.shape.length === 2
      ? b.executeSingleOutput(
          'MatMul',
          [a.float32, a.boolean('transpose_a', ta), a.boolean('transpose_b', tb)],
          [left, right],
        )
      : b.executeSingleOutput(
          'BatchMatMulV2',
          [a.float32, a.boolean('adj_x', ta), a.boolean('adj_y', tb)],
          [left, right],
        );
  });
}

/**
 * Whether A'B is faster as (B'A)': A is packed once instead of twice where B has few columns. The weight gradient X'D of
 * softmax regression, [1337, 784]' [1337, 10]: 0.57 ms -> 0.28 ms.
 */
function tallAndNarrow(left: readonly number[], right: readonly number[]): boolean {
  const [rows = 0, columns = 0] = left;
  const [, others = 0] = right;
  return left.length === 2 && right.length === 2 && rows >= 256 && 4 * others <= columns;
}

function registerBatchNorm(binding: NativeBinding): void {
  const a = attributesOf(binding);
  const fused = [a.float32, a.type('U', binding.TF_FLOAT), a.nhwc, a.boolean('is_training', true)];
  register('NativeBatchNorm', (b, inputs, { eps }) => {
    const none = tf.tensor1d([]); // no running mean and variance
    const result = b.executeMultipleOutputs(
      'FusedBatchNormV3',
      [...fused, a.float('epsilon', eps as number)],
      [...['x', 'gamma', 'beta'].map((name) => required(inputs, name)), none, none],
      6,
    );
    none.dispose();
    return result;
  });
  register('NativeBatchNormGrad', (b, inputs, { eps }) =>
    b.executeMultipleOutputs(
      'FusedBatchNormGradV3',
      [...fused, a.float('epsilon', eps as number)],
      ['dy', 'x', 'gamma', 's1', 's2', 's3'].map((name) => required(inputs, name)),
      5,
    ),
  );
}
