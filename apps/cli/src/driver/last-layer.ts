/**
 * The last layer of parameters, known by their layout: logits are linear in its weight W and bias b, so that s (W, b) gives s
 * times the logits, the same predictions and another tau; -s (W, b), centred over classes, turns every preference round.
 */
import { TheriacError, encodeSafetensors, namedFloat32, norm } from '@theriac/tensors';
import { parametersIn } from './parameter-distance';
import type { ParameterViewRecord } from './records';

export interface LastLayer {
  /** The whole vector w. */
  readonly parameters: Float32Array;
  readonly classes: number;
  /** Where (W, b) lie within w. */
  readonly views: readonly { readonly offset: number; readonly size: number }[];
}

/** Finds (W, b) of a file of parameters. Throws DATA_LOSS where the layout has no dense layer. */
export function lastLayerOf(bytes: Uint8Array, layout: readonly ParameterViewRecord[]): LastLayer {
  const parameters = parametersIn(bytes);
  const at = layout.findLastIndex(({ shape }, index) => shape.length === 2 && isBiasOf(layout[index + 1], shape[1]));
  const [weight, bias] = [layout[at], layout[at + 1]];
  if (parameters === undefined || weight === undefined || bias === undefined)
    throw new TheriacError('the parameters have no last layer', {
      code: 'DATA_LOSS',
      field: 'layout',
      found: layout.map(({ name, shape }) => `${name} [${shape.join(', ')}]`).join('; '),
      allowed: 'a weight [features, classes] with a bias [classes] behind it',
    });
  const size = ({ shape }: ParameterViewRecord): number => shape.reduce((product, side) => product * side, 1);
  return {
    parameters,
    classes: size(bias),
    views: [weight, bias].map((view) => ({ offset: view.offset, size: size(view) })),
  };
}

function isBiasOf(view: ParameterViewRecord | undefined, outputs: number | undefined): boolean {
  return view?.shape.length === 1 && view.shape[0] === outputs;
}

/** The file of w with its last layer multiplied by `scale`. */
export function scaledFile({ parameters, views }: LastLayer, scale: number): Uint8Array {
  const w = Float32Array.from(parameters);
  for (const { offset, size } of views) for (let i = offset; i < offset + size; i++) w[i] = scale * (w[i] ?? 0);
  return encodeSafetensors([namedFloat32('parameters', [w.length], w)]);
}

/** w with its last layer centred over classes, which no prediction notices, and negated. */
export function reversed(layer: LastLayer): LastLayer {
  const { views, classes } = layer;
  const parameters = Float32Array.from(layer.parameters);
  for (const { offset, size } of views)
    for (let at = offset; at < offset + size; at += classes) {
      const row = parameters.subarray(at, at + classes);
      const mean = row.reduce((sum, value) => sum + value, 0) / classes;
      for (let k = 0; k < classes; k++) row[k] = mean - (row[k] ?? 0);
    }
  return { ...layer, parameters };
}

/** ||(W, b)||. */
export function lastLayerNorm({ parameters, views }: LastLayer): number {
  return Math.hypot(...views.map(({ offset, size }) => norm(parameters.subarray(offset, offset + size))));
}
