import type { Examples } from './dataset';

/** The rows with these indices, copied, in this order. */
export function rowsOf({ features, stored, labels }: Examples, indices: readonly number[]): Examples {
  const part =
    stored instanceof Uint8Array
      ? new Uint8Array(indices.length * features)
      : new Float32Array(indices.length * features);
  for (const [to, from] of indices.entries())
    part.set(stored.subarray(from * features, (from + 1) * features), to * features);
  return { count: indices.length, features, stored: part, labels: Uint8Array.from(indices, (row) => labels[row]!) };
}
