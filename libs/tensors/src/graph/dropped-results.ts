/**
 * While a function is recorded, only the shapes of what it makes matter. So large results are dropped as soon as they are made,
 * and zeros stand in for them where they are used: a derivative of a large network is recorded in the memory of a few of its layers.
 */
import { attributesOf } from '../backends/native-binding';
import type { NativeBinding } from '../backends/native-binding';

/** Results of at most this many bytes are kept: indices, shapes and other small things keep their values. */
const largestKept = 1 << 20;
/** Zeros that are kept for the next use, in bytes. */
const mostZeros = 1 << 26;

/** What stands in for the binding's own functions while a function is recorded. */
export interface DroppedResults extends Pick<NativeBinding, 'executeOp' | 'deleteTensor'> {
  /** Frees the zeros. Tensors that were dropped must be deleted before, by this `deleteTensor`. */
  end(): void;
}

/** Functions over `real` that drop large results. */
export function droppedResults(real: NativeBinding): DroppedResults {
  const shapes = new Map<number, readonly number[]>();
  const zeros = new Map<string, { id: number; bytes: number }>();
  let held = 0;

  function zerosOf(shape: readonly number[]): number {
    const key = shape.join();
    const found = zeros.get(key) ?? { id: filled(real, shape), bytes: bytesOf(shape) };
    if (!zeros.has(key)) held += found.bytes;
    zeros.delete(key);
    zeros.set(key, found);
    return found.id;
  }

  /** Frees the zeros that were used longest ago; those of the last op may take more than there is room for. */
  function makeRoom(): void {
    for (const [key, { id, bytes }] of zeros) {
      if (held <= mostZeros) return;
      zeros.delete(key);
      held -= bytes;
      real.deleteTensor(id);
    }
  }

  return {
    executeOp(name, attributes, inputs, count) {
      const stand = inputs.map((id) => {
        const shape = shapes.get(id);
        return shape === undefined ? id : zerosOf(shape);
      });
      const outputs = real.executeOp(name, attributes, stand, count);
      for (const { id, shape, dtype } of outputs) {
        if (dtype !== real.TF_FLOAT || bytesOf(shape) <= largestKept) continue;
        shapes.set(id, shape);
        real.deleteTensor(id);
      }
      makeRoom();
      return outputs;
    },
    deleteTensor(id) {
      if (!shapes.delete(id)) real.deleteTensor(id);
    },
    end() {
      for (const { id } of zeros.values()) real.deleteTensor(id);
      zeros.clear();
    },
  };
}

function bytesOf(shape: readonly number[]): number {
  return 4 * shape.reduce((product, size) => product * size, 1);
}

function filled(real: NativeBinding, shape: readonly number[]): number {
  const { type } = attributesOf(real);
  const dims = real.createTensor([shape.length], real.TF_INT32, Int32Array.from(shape));
  const zero = real.createTensor([], real.TF_FLOAT, new Float32Array(1));
  const [made] = real.executeOp('Fill', [type('T', real.TF_FLOAT), type('index_type', real.TF_INT32)], [dims, zero], 1);
  real.deleteTensor(dims);
  real.deleteTensor(zero);
  return (made as { id: number }).id;
}
