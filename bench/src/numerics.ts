/** The hot functions of softmax regression, MNIST's shape, a batch of 1000: eager against compiled. */
import { compile, startBackend, tf } from '@theriac/tensors/engine';
import type { BackendReport, TensorFunction } from '@theriac/tensors/engine';
import { functionNames, numericProblem } from './numeric-problem';
import type { FunctionName } from './numeric-problem';
import { timeInTurns } from './timing';
import type { Timing } from './timing';

export const batch = 1000;

export interface NumericsRow {
  readonly name: FunctionName;
  readonly eager: Timing;
  readonly compiled: Timing;
  /** Median eager over median compiled. */
  readonly ratio: number;
  /** Largest difference between the two results, relative to the largest value. */
  readonly difference: number;
}

export interface Numerics {
  readonly backend: BackendReport;
  readonly rows: readonly NumericsRow[];
}

/** Measures all functions. Starts the engine. */
export async function measureNumerics(): Promise<Numerics> {
  const backend = await startBackend();
  const { functions, inputs } = numericProblem('lr', [28, 28, 1], batch);
  const rows = functionNames.map((name) => measure(name, functions[name], inputs));
  tf.dispose(inputs);
  return { backend, rows };
}

function measure(name: FunctionName, fn: TensorFunction, inputs: tf.Tensor[]): NumericsRow {
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
  return { name, eager, compiled, ratio: eager.median / compiled.median, difference };
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
