/**
 * The hot functions of softmax regression, MNIST's shape, a batch of 1000: eager against compiled, torch beside.
 *
 *   training step           w - 0.1 dF/dw
 *   Hessian-vector product  d/dw <dF/dw, v>
 *   mixed product           d/dx <dF/dw, v>
 */
import { createModel } from '@theriac/game/engine';
import { randomStream } from '@theriac/tensors';
import { compile, gradient, hessianVectorProduct, mixedProduct, ops, startBackend, tf } from '@theriac/tensors/engine';
import type { BackendReport, TensorFunction } from '@theriac/tensors/engine';
import { timeInTurns } from './timing';
import type { Timing } from './timing';
import { timeTorch } from './torch';
import type { TorchTimes } from './torch';

export const batch = 1000;
const functionNames = ['training step', 'Hessian-vector product', 'mixed product'] as const;
export type FunctionName = (typeof functionNames)[number];

export interface NumericsRow {
  readonly name: FunctionName;
  readonly eager: Timing;
  readonly compiled: Timing;
  /** Median eager over median compiled. */
  readonly ratio: number;
  /** Largest difference between the two results, relative to the largest value. */
  readonly difference: number;
  /** Median milliseconds of torch, where it can be imported. */
  readonly torch: number | undefined;
}

export interface Numerics {
  readonly backend: BackendReport;
  readonly torchVersion: string | undefined;
  readonly rows: readonly NumericsRow[];
}

/** Measures all functions. Starts the engine. */
export async function measureNumerics(): Promise<Numerics> {
  const backend = await startBackend();
  const torch = timeTorch(backend.threads);
  const { functions, inputs } = problem();
  const rows = functionNames.map((name) => measure(name, functions[name], inputs, torch));
  tf.dispose(inputs);
  return { backend, torchVersion: torch?.version, rows };
}

function problem(): { functions: Record<FunctionName, TensorFunction>; inputs: tf.Tensor[] } {
  const model = createModel('lr', [28, 28, 1], 10);
  const random = randomStream(1, 'bench');
  const uniform = (size: number, lo: number, hi: number): Float32Array => {
    const values = new Float32Array(size);
    random.fillUniform(values, lo, hi);
    return values;
  };
  const labels = Int32Array.from({ length: batch }, () => random.integer(model.classes));
  const inputs = [
    tf.tensor2d(uniform(batch * model.features, -0.4, 2.8), [batch, model.features]),
    tf.tensor1d(labels, 'int32'),
    tf.tensor1d(model.initialise(random)),
    tf.tensor1d(uniform(model.layout.size, -1, 1)),
  ];
  const loss = (x: tf.Tensor, y: tf.Tensor, w: tf.Tensor1D): tf.Scalar =>
    ops.crossEntropy(ops.oneHot(y as tf.Tensor1D, model.classes), model.logits(w, x as tf.Tensor2D));
  const of =
    (f: (x: tf.Tensor, y: tf.Tensor, w: tf.Tensor1D, v: tf.Tensor1D) => tf.Tensor): TensorFunction =>
    (...given) => {
      const [x, y, w, v] = given as [tf.Tensor, tf.Tensor, tf.Tensor1D, tf.Tensor1D];
      return [f(x, y, w, v)];
    };
  return {
    inputs,
    functions: {
      'training step': of((x, y, w) => tf.sub(w, tf.mul(gradient((u) => loss(x, y, u), w).gradient, 0.1))),
      'Hessian-vector product': of((x, y, w, v) => hessianVectorProduct((u) => loss(x, y, u), w, v)),
      'mixed product': of((x, y, w, v) => mixedProduct((rows, u) => loss(rows, y, u), x, w, v)),
    },
  };
}

function measure(
  name: FunctionName,
  fn: TensorFunction,
  inputs: tf.Tensor[],
  torch: TorchTimes | undefined,
): NumericsRow {
  const graph = compile(fn, inputs);
  const valuesOf = (run: TensorFunction): Float32Array => {
    const [result] = tf.tidy(() => run(...inputs)) as [tf.Tensor];
    const values = result.dataSync<'float32'>();
    result.dispose();
    return values;
  };
  const eagerRun = (): Float32Array => valuesOf(fn);
  const compiledRun = (): Float32Array => valuesOf(graph);
  const difference = largestDifference(eagerRun(), compiledRun());
  const { eager, compiled } = timeInTurns({ eager: eagerRun, compiled: compiledRun });
  graph.dispose();
  return { name, eager, compiled, ratio: eager.median / compiled.median, difference, torch: torch?.milliseconds[name] };
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  let difference = 0;
  let largest = 0;
  a.forEach((value, k) => {
    difference = Math.max(difference, Math.abs(value - (b[k] as number)));
    largest = Math.max(largest, Math.abs(value));
  });
  return difference / largest;
}
