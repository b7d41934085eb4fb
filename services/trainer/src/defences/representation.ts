/**
 * h(x), what the last layer of a model gets: logits are h W + b, so that with b = 0 and unit vectors as columns of W they are some of
 * h. That asks nothing of a model but its logits.
 */
import type { Model, Rows, SanitiserGame } from '@theriac/game';

/** Where the last layer lies within w. */
interface LastLayer {
  /** Values of h. */
  readonly width: number;
  readonly weight: number;
  readonly bias: number;
}

/** Values of h(x). */
export function representationWidth(model: Model): number {
  return lastLayerOf(model).width;
}

/** h [count, width] of rows at w. */
export function representation(
  { model, logits }: Pick<SanitiserGame, 'model' | 'logits'>,
  w: Float32Array,
  rows: Rows,
): Float32Array {
  // The last layer is the first: the model sees what it is given.
  if (model.softmaxRegression) return rows.x;
  const { width, weight, bias } = lastLayerOf(model);
  const { classes } = model;
  const probe = w.slice();
  probe.fill(0, bias, bias + classes);
  const h = new Float32Array(rows.count * width);
  for (let from = 0; from < width; from += classes) {
    const some = Math.min(classes, width - from);
    probe.fill(0, weight, weight + width * classes);
    for (let k = 0; k < some; k++) probe[weight + (from + k) * classes + k] = 1;
    const found = logits(probe, rows);
    for (let j = 0; j < rows.count; j++) h.set(found.subarray(j * classes, j * classes + some), j * width + from);
  }
  return h;
}

function lastLayerOf({ layout, lastLayer }: Model): LastLayer {
  const find = (name: string) => layout.views.find((view) => view.name === name)!;
  const weight = find(lastLayer.weight);
  return { width: weight.shape[0]!, weight: weight.offset, bias: find(lastLayer.bias).offset };
}
