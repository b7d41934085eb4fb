/**
 * Records what a function does to the native binding, as a graph: it runs once, eagerly, on example inputs, while the
 * backend's createTensor and executeOp also write nodes.
 */
import { attributesOf, type NativeBackend, type NativeBinding } from '../backends/native-binding';
import { tf } from '../tf';
import { droppedResults } from './dropped-results';
import { GraphWriter, untraceable } from './graph-writer';
import type { Bytes } from './protobuf';

export interface Recording {
  readonly savedModel: Bytes;
  readonly tags: readonly string[];
  /** Names of the placeholders, in the order of the inputs. */
  readonly feeds: readonly string[];
  /** Names of the results, in the order of the outputs. */
  readonly fetches: readonly string[];
}

/** Runs f once on the examples and returns its graph; no tensor is left. Throws FAILED_PRECONDITION on what a graph cannot hold. */
export function record(
  backend: NativeBackend,
  f: (...inputs: tf.Tensor[]) => tf.Tensor[],
  examples: readonly tf.Tensor[],
): Recording {
  const { binding } = backend;
  const writer = new GraphWriter(binding);
  const typeOf = (tensor: tf.Tensor): number => backend.getDTypeInteger(tensor.dtype);
  // Handles of their own: a tensor that is given twice is still two inputs.
  const inputs = examples.map((example) =>
    backend.executeSingleOutput('Identity', [attributesOf(binding).type('T', typeOf(example))], [example]),
  );
  const idOf = (tensor: tf.Tensor): number => backend.getInputTensorIds([tensor])[0] as number;
  const feeds = inputs.map((input) => writer.placeholder(idOf(input), typeOf(input), input.shape));
  const restore = intercept(backend, writer);
  let outputs: tf.Tensor[] = [];
  try {
    outputs = tf.tidy(() => f(...inputs));
    // A result that was made in JavaScript is uploaded, hence recorded, here.
    const fetches = outputs.map((output) => writer.output(idOf(output), typeOf(output)));
    return { savedModel: writer.savedModel(), tags: writer.tags, feeds, fetches };
  } finally {
    // By the recording binding, which knows what there is to delete.
    tf.dispose(outputs);
    restore();
    tf.dispose(inputs);
  }
}

/** Puts a recording binding in place of the backend's own; returns how to put that back. */
function intercept(backend: NativeBackend, writer: GraphWriter): () => void {
  const real = backend.binding;
  const recording: Partial<Record<keyof NativeBinding, unknown>> = {};
  for (const name of Reflect.ownKeys(real) as (keyof NativeBinding)[]) {
    const member = real[name];
    recording[name] = typeof member === 'function' ? (member as () => unknown).bind(real) : member;
  }
  const light = droppedResults(real);
  const replaced: Pick<NativeBinding, 'createTensor' | 'deleteTensor' | 'executeOp' | 'tensorDataSync'> = {
    createTensor(shape, dtype, values) {
      const id = real.createTensor(shape, dtype, values);
      writer.constant(id, dtype, shape, values);
      return id;
    },
    deleteTensor: (id) => light.deleteTensor(id),
    executeOp(op, attributes, ids, count) {
      const outputs = light.executeOp(op, attributes, ids, count);
      writer.operation(
        op,
        attributes,
        ids,
        outputs.map(({ id }) => id),
      );
      return outputs;
    },
    tensorDataSync() {
      throw untraceable(
        'the function reads a tensor back (dataSync, or tf.gather, which checks its indices)',
        'Use ops.gatherRows.',
      );
    },
  };
  backend.binding = Object.assign(recording, replaced) as unknown as NativeBinding;

  // tfjs uploads late: a tensor made outside but not uploaded yet would look like a constant made inside.
  const madeInside = new WeakSet<object>();
  const { write, getInputTensorIds } = backend;
  backend.write = (...args) => {
    const dataId = write.apply(backend, args);
    madeInside.add(dataId);
    return dataId;
  };
  backend.getInputTensorIds = (tensors) => {
    for (const { dataId } of tensors) {
      const pending = dataId ? backend.tensorMap.get(dataId)?.values : null;
      if (pending && !madeInside.has(dataId))
        throw untraceable('the function uses a tensor that was made outside it', 'Pass it as an input.');
    }
    return getInputTensorIds.call(backend, tensors);
  };
  return () => {
    light.end();
    backend.binding = real;
    Reflect.deleteProperty(backend, 'write');
    Reflect.deleteProperty(backend, 'getInputTensorIds');
  };
}
