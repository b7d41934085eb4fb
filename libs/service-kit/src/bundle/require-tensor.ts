import { float32Of, int32Of, invalid, TheriacError, type NamedArray } from '@theriac/tensors';

/** What a tensor must be; what is not said is not checked. */
export interface TensorRequirement {
  /** Number of axes. */
  readonly rank?: number;
  /** Size of the first axis. */
  readonly leading?: number;
  /** The whole shape. */
  readonly shape?: readonly number[];
  /** Every value is finite (as a 32-bit float). */
  readonly finite?: boolean;
  /** A type of integers that fit into 32 bits. */
  readonly integer?: boolean;
}

/** A tensor that is what it must be. */
export interface CheckedTensor {
  readonly shape: readonly number[];
  /** The values as 32-bit floats; a view of the message where that is possible: not to be changed. */
  float32(): Float32Array;
  /** The values as 32-bit integers; a view of the message where that is possible: not to be changed. */
  int32(): Int32Array;
}

/** A tensor of a bundle; INVALID_ARGUMENT naming `field.name` where it is missing or not what it must be. */
export function requireTensor(
  tensors: ReadonlyMap<string, NamedArray>,
  name: string,
  requirement: TensorRequirement,
  field: string,
): CheckedTensor {
  const where = `${field}.${name}`;
  const array = tensors.get(name);
  if (!array) {
    throw new TheriacError(`${field} has no tensor ${JSON.stringify(name)}`, {
      code: 'INVALID_ARGUMENT',
      field: where,
      found: [...tensors.keys()].map((key) => JSON.stringify(key)).join(', ') || 'no tensors',
      allowed: `a tensor named ${JSON.stringify(name)}`,
    });
  }
  checkShape(array.shape, requirement, `${where}.shape`);
  const float32 = lazily(() => float32Of(array));
  const int32 = lazily(() => int32Of(array));
  if (requirement.integer) {
    if (!['I32', 'I64', 'U8'].includes(array.dataType))
      throw invalid(`${where}.data_type`, array.dataType, 'I32, I64, U8');
    int32();
  }
  if (requirement.finite) requireFinite(float32(), where);
  return { shape: array.shape, float32, int32 };
}

function checkShape(found: readonly number[], { rank, leading, shape }: TensorRequirement, field: string): void {
  if (rank !== undefined && found.length !== rank)
    throw invalid(field, found, `${rank} ${rank === 1 ? 'axis' : 'axes'}`);
  if (leading !== undefined && found[0] !== leading) throw invalid(field, found, `a first axis of ${leading}`);
  if (shape !== undefined && !(found.length === shape.length && shape.every((size, axis) => found[axis] === size))) {
    throw invalid(field, found, JSON.stringify(shape));
  }
}

/** INVALID_ARGUMENT naming the first value that is NaN or infinite. */
export function requireFinite(values: Float32Array, field: string): void {
  for (let at = 0; at < values.length; at++) {
    if (!Number.isFinite(values[at])) {
      throw invalid(
        `${field}[${at}]`,
        values[at],
        'finite numbers',
        'Look for the step of the computation that diverged.',
      );
    }
  }
}

function lazily<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}
