/** How Gamma is written: kinds by comma, an option by colon, `sphere:quantile=0.9,slab,box`. Gamma is their intersection. */
import { invalid } from '@theriac/tensors';
import { parseOptions } from './attack';
import type { OptionSpec, OptionValues } from './attack';

const quantile: OptionSpec = {
  name: 'quantile',
  type: 'number',
  description: 'share of the clean rows of a class that keep it themselves',
  minimum: 0,
  maximum: 1,
  default: 0.9,
};

/** What a kind takes beside its name. */
const optionsOf: Readonly<Record<string, readonly OptionSpec[]>> = {
  none: [],
  box: [],
  'linf-ball': [],
  'fixed-labels': [],
  'feature-range': [],
  sphere: [quantile],
  slab: [quantile],
  'decoy-loss': [
    quantile,
    {
      name: 'flips',
      type: 'number',
      description: 'share of the clean rows whose labels the decoy saw flipped, those with the smallest margins',
      minimum: 0,
      maximum: 1,
      default: 0.15,
    },
    {
      name: 'repeats',
      type: 'number',
      description: 'copies of each flipped row',
      minimum: 0,
      maximum: 1000,
      default: 8,
    },
    {
      name: 'ridge',
      type: 'number',
      description: 'lambda of lambda/2 |theta|^2 in the decoy',
      minimum: 1e-8,
      maximum: 10,
      default: 0.02,
    },
  ],
};

/** Every kind of constraint. */
export const constraintKinds = [
  'none',
  'box',
  'linf-ball',
  'fixed-labels',
  'feature-range',
  'sphere',
  'slab',
  'decoy-loss',
] as const;
export type ConstraintKind = (typeof constraintKinds)[number];

/** One kind with its options filled in. */
export interface ConstraintPart {
  readonly kind: ConstraintKind;
  readonly options: OptionValues;
}

/** The parts of `text`. Throws INVALID_ARGUMENT naming `field` for an unknown kind, one named twice, or a bad option. */
export function parseConstraintText(text: string, field = 'constraint'): ConstraintPart[] {
  const parts = text.split(',').map((part) => parsePart(part.trim(), field));
  const kinds = parts.map(({ kind }) => kind);
  const twice = kinds.find((kind, index) => kinds.indexOf(kind) !== index);
  if (twice !== undefined) throw invalid(field, `${twice} twice`, 'each constraint once', 'Leave one of them out.');
  return parts;
}

function parsePart(text: string, field: string): ConstraintPart {
  const [name = '', ...pairs] = text.split(':').map((piece) => piece.trim());
  const kind = constraintKinds.find((candidate) => candidate === name);
  if (kind === undefined)
    throw invalid(field, name, constraintKinds.join(', '), 'Several are joined by a comma, options by a colon.');
  const given: Record<string, string> = {};
  for (const pair of pairs) {
    const at = pair.indexOf('=');
    if (at <= 0) throw invalid(field, text, `${kind}, or ${kind}:option=value`, 'Write each option as name=value.');
    given[pair.slice(0, at).trim()] = pair.slice(at + 1).trim();
  }
  return { kind, options: parseOptions(optionsOf[kind]!, given, `${field} ${kind}`) };
}

/** The canonical text: options that are not the default, no `none` beside others. Equal parts, equal texts. */
export function constraintText(parts: readonly ConstraintPart[]): string {
  const kept = parts.filter(({ kind }) => kind !== 'none');
  if (kept.length === 0) return 'none';
  const written = ({ kind, options }: ConstraintPart): string => {
    const changed = optionsOf[kind]!.filter((option) => options[option.name] !== option.default);
    return [kind, ...changed.map(({ name }) => `${name}=${options[name]}`)].join(':');
  };
  return kept.map(written).join(',');
}
