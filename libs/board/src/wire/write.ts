import { placements } from '@theriac/contract';
import type {
  BackendDescription,
  Choice,
  OptionSchema,
  OptionValue as WireValue,
  ParameterView,
  Poison,
  Progress,
} from '@theriac/contract/game';
import type { TensorBundle } from '@theriac/contract/tensor';
import type { OptionSpec, OptionValue, Placement } from '@theriac/game';
import { writeBundle } from '@theriac/service-kit';
import type { BlobStore } from '@theriac/service-kit';
import { namedFloat32, namedInt32 } from '@theriac/tensors';
import type { BackendReport, ParameterLayout } from '@theriac/tensors';

/** A bundle of one flat vector. */
export function vectorBundle(name: string, vector: Float32Array, blobs: BlobStore): Promise<TensorBundle> {
  return writeBundle([namedFloat32(name, [vector.length], vector)], blobs);
}

/** A bundle of `count` vectors [count, p]. */
export function vectorsBundle(
  name: string,
  vectors: Float32Array,
  count: number,
  blobs: BlobStore,
): Promise<TensorBundle> {
  return writeBundle([namedFloat32(name, [count, count === 0 ? 0 : vectors.length / count], vectors)], blobs);
}

/** Poison rows in stored units. */
export async function poisonMessage(
  poison: {
    readonly x: Float32Array;
    readonly y: Int32Array;
    readonly baseIndices: Int32Array;
    readonly features: number;
  },
  placement: Placement,
  blobs: BlobStore,
): Promise<Poison> {
  const count = poison.y.length;
  const rows = await writeBundle(
    [
      namedFloat32('x', [count, poison.features], poison.x),
      namedInt32('y', [count], poison.y),
      namedInt32('base', [count], poison.baseIndices),
    ],
    blobs,
  );
  return { rows, placement: placements.toValue(placement) };
}

/** Where each layer lies within w. */
export function layoutMessage(layout: ParameterLayout): ParameterView[] {
  return layout.views.map(({ name, shape, offset }) => ({ name, shape: [...shape], offset }));
}

/** The engine that computes. */
export function backendMessage(report: BackendReport): BackendDescription {
  const { name, device, version, threads, secondOrder, compiles, selfCheck } = report;
  return { name, device, version, threads, secondOrder, compiles, selfCheckError: selfCheck.worstRelativeError };
}

/** A named choice, without what else is known of it. */
export function choiceMessage({ id, summary, source }: Choice): Choice {
  return { id, summary, source };
}

/** How a slice is going. */
export function progressMessage(
  progress: Omit<Progress, 'metrics'> & { readonly metrics: Readonly<Record<string, number>> },
): Progress {
  return { ...progress, metrics: { ...progress.metrics } };
}

/** An option that an attack or a defence takes. */
export function optionMessage(spec: OptionSpec): OptionSchema {
  return {
    name: spec.name,
    type: spec.type,
    description: spec.description,
    unit: spec.unit ?? '',
    minimum: spec.minimum,
    maximum: spec.maximum,
    choices: [...(spec.choices ?? [])],
    defaultValue: valueMessage(spec.default),
  };
}

function valueMessage(value: OptionValue): WireValue {
  if (typeof value === 'number') return { value: { $case: 'number', value } };
  if (typeof value === 'string') return { value: { $case: 'text', value } };
  return { value: { $case: 'flag', value } };
}
