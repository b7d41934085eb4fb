/** Changes of one's own to the pod of a game: what a cluster needs, and nothing here has an option for. */
import type { V1PodTemplateSpec } from '@kubernetes/client-node';
import { invalid } from '@theriac/tensors';

type Mapping = Readonly<Record<string, unknown>>;

/**
 * The pod with `patch` merged over it: mappings key by key, null removes, lists whose members have names (containers, variables,
 * volumes) name by name, all else is replaced. Throws INVALID_ARGUMENT where the patch is no mapping.
 */
export function withPatch(pod: V1PodTemplateSpec, patch: unknown): V1PodTemplateSpec {
  if (patch === undefined || patch === null) return pod;
  if (!isMapping(patch)) throw invalid('--pod-patch', patch, 'a mapping with metadata, spec, or both');
  const other = Object.keys(patch).find((key) => key !== 'metadata' && key !== 'spec');
  if (other !== undefined) throw invalid('--pod-patch', other, 'metadata, spec');
  return merged(pod, patch) as V1PodTemplateSpec;
}

function merged(base: unknown, patch: unknown): unknown {
  if (isMapping(patch)) return mergedMappings(isMapping(base) ? base : {}, patch);
  if (Array.isArray(patch) && Array.isArray(base) && isNamed(patch) && isNamed(base)) return mergedLists(base, patch);
  return patch;
}

function mergedMappings(base: Mapping, patch: Mapping): Mapping {
  const entries = new Map(Object.entries(base));
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) entries.delete(key);
    else entries.set(key, merged(entries.get(key), value));
  }
  return Object.fromEntries(entries);
}

function mergedLists(base: readonly Mapping[], patch: readonly Mapping[]): Mapping[] {
  const own = new Map(patch.map((one) => [one['name'], one]));
  const known = base.map((one) => mergedMappings(one, own.get(one['name']) ?? {}));
  const names = new Set(base.map((one) => one['name']));
  return [...known, ...patch.filter((one) => !names.has(one['name']))];
}

const isMapping = (value: unknown): value is Mapping =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isNamed = (list: readonly unknown[]): list is readonly Mapping[] =>
  list.every((one) => isMapping(one) && typeof one['name'] === 'string');
