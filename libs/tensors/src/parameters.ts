/**
 * The parameters of a model are one flat vector w of length p; a layout names its parts:
 *   part k = w[offset_k .. offset_k + size_k), row-major in its shape, offsets in the order given, without gaps.
 */
import { elementCount } from './array-codec';
import { invalid } from './errors';

export interface ParameterView {
  name: string;
  shape: readonly number[];
  /** First element in the flat vector. */
  offset: number;
  /** Number of elements. */
  size: number;
}

export interface ParameterLayout {
  views: readonly ParameterView[];
  /** Length p of the flat vector. */
  size: number;
}

/** The layout of named shapes, in the order given; names are unique. */
export function layoutOf(shapes: readonly { name: string; shape: readonly number[] }[]): ParameterLayout {
  const names = new Set<string>();
  const views: ParameterView[] = [];
  let offset = 0;
  for (const { name, shape } of shapes) {
    if (names.has(name)) throw invalid('parameter name', name, 'each name once');
    names.add(name);
    const size = elementCount(shape, `parameter ${JSON.stringify(name)} shape`);
    views.push({ name, shape: [...shape], offset, size });
    offset += size;
  }
  return { views, size: offset };
}

/** The part of w with this name, over the same memory. An unknown name is refused, naming the parts there are. */
export function viewOf(w: Float32Array, layout: ParameterLayout, name: string): Float32Array {
  checkLength(w.length, layout);
  const view = layout.views.find((candidate) => candidate.name === name);
  if (!view) throw invalid('parameter name', name, layout.views.map((v) => v.name).join(', '));
  return w.subarray(view.offset, view.offset + view.size);
}

/** Throws INVALID_ARGUMENT where a vector is not as long as the layout. */
export function checkLength(length: number, layout: ParameterLayout): void {
  if (length === layout.size) return;
  throw invalid(
    'parameter count',
    length,
    `${layout.size}, the size of the layout`,
    'Use the parameters of this model.',
  );
}
