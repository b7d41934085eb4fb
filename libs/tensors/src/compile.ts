/**
 * A function of tensors as one TensorFlow graph: no JavaScript between its ops, whole-graph optimisation, same results.
 *
 *   const step = compile((x, y, w) => [w.sub(gradient((u) => loss(x, y, u), w).gradient.mul(0.1))], [x, y, w]);
 *   const [next] = step(x, y, w);
 *   step.dispose();
 *
 * The function is run once on the examples and recorded (10-60 ms for a small net, 0.5 s for a CNN). Frozen then: shapes,
 * JavaScript's control flow, and every number or array made in JavaScript (learning rates, masks, tf.random*): pass these
 * as inputs. Refused: tensors made outside, and reading a tensor's values.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nativeBackend } from './backends/native-binding';
import { invalid, TheriacError } from './errors';
import { record } from './graph/recorder';
import { gradientDepth } from './second-order/tape';
import { tf } from './tf';

export type TensorFunction = (...inputs: tf.Tensor[]) => tf.Tensor[];

export interface Compiled {
  /** The results, new tensors, for inputs of the examples' shapes and types. The caller disposes. */
  (...inputs: tf.Tensor[]): tf.Tensor[];
  /** Whether this is a graph; the function itself, under the same rules, where the backend has none. */
  readonly compiled: boolean;
  /** Frees the graph; it cannot be called any more. */
  dispose(): void;
}

interface Runner {
  readonly run: TensorFunction;
  readonly free: () => void;
}

/** Makes a graph of fn where the backend can. Errors: INVALID_ARGUMENT (other inputs), FAILED_PRECONDITION (see above). */
export function compile(fn: TensorFunction, examples: readonly tf.Tensor[]): Compiled {
  const compiled = tf.getBackend() === 'tensorflow';
  const signature = examples.map(({ shape, dtype }) => ({ shape: [...shape], dtype }));
  const { run, free } = compiled ? graphOf(fn, examples) : eager(fn);
  let disposed = false;
  const call = (...inputs: tf.Tensor[]): tf.Tensor[] => {
    if (disposed)
      throw new TheriacError('This compiled function is disposed', {
        code: 'FAILED_PRECONDITION',
        remedy: 'Compile it anew.',
      });
    if (gradientDepth() > 0) {
      throw new TheriacError('A compiled function has no gradient', {
        code: 'FAILED_PRECONDITION',
        remedy: 'Take the gradient inside the function that is compiled.',
      });
    }
    check(inputs, signature);
    return run(...inputs);
  };
  const dispose = (): void => {
    if (!disposed) free();
    disposed = true;
  };
  return Object.assign(call, { compiled, dispose });
}

function check(inputs: readonly tf.Tensor[], signature: readonly { shape: readonly number[]; dtype: string }[]): void {
  if (inputs.length !== signature.length) throw invalid('inputs.length', inputs.length, String(signature.length));
  signature.forEach(({ shape, dtype }, i) => {
    const input = inputs[i] as tf.Tensor;
    const same =
      input.dtype === dtype && input.shape.length === shape.length && shape.every((d, k) => d === input.shape[k]);
    if (!same) {
      throw invalid(
        `inputs[${i}]`,
        `${input.dtype} [${input.shape.join()}]`,
        `${dtype} [${shape.join()}], as in the example`,
        'Compile once for each shape.',
      );
    }
  });
}

function graphOf(fn: TensorFunction, examples: readonly tf.Tensor[]): Runner {
  const backend = nativeBackend();
  const { binding } = backend;
  const { savedModel, tags, feeds, fetches } = record(backend, fn, examples);
  const folder = mkdtempSync(join(tmpdir(), 'theriac-graph-'));
  let id: number;
  try {
    writeFileSync(join(folder, 'saved_model.pb'), savedModel);
    id = binding.loadSavedModel(folder, tags.join());
  } finally {
    rmSync(folder, { recursive: true });
  }
  const [inputNames, outputNames] = [feeds.join(), fetches.join()];
  return {
    run: (...inputs) =>
      binding
        .runSavedModel(id, backend.getInputTensorIds(inputs), inputNames, outputNames)
        .map((result) => backend.createOutputTensor(result)),
    free: () => binding.deleteSavedModel(id),
  };
}

/** Results are tensors of their own, as a graph's are: never an input, never one tensor twice. */
function eager(fn: TensorFunction): Runner {
  return {
    run: (...inputs) =>
      tf.tidy(() => {
        const taken = new Set<number>(inputs.map(({ id }) => id));
        return fn(...inputs).map((result) => {
          const own = taken.has(result.id) ? tf.clone(result) : result;
          taken.add(own.id);
          return own;
        });
      }),
    free: () => undefined,
  };
}
