/** JSON with one spelling per value: keys sorted, two spaces, a newline at the end. Digests are taken over these bytes. */
import { createHash } from 'node:crypto';
import { invalid } from '@theriac/tensors';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

function canonical(value: unknown, where: string): Json {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw invalid(where, value, 'a finite number or null');
    return value === 0 ? 0 : value;
  }
  if (Array.isArray(value)) return value.map((item, index) => canonical(item, `${where}[${index}]`));
  if (typeof value !== 'object' || value === undefined) throw invalid(where, typeof value, 'plain JSON');
  const entries = Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, canonical(item, `${where}.${key}`)]));
}

/** The one spelling of `value`. Throws INVALID_ARGUMENT naming the field that is not finite or not plain JSON. */
export function canonicalJson(value: unknown, where = 'value'): string {
  return `${JSON.stringify(canonical(value, where), null, 2)}\n`;
}

/** Throws INVALID_ARGUMENT naming the first field of `value` that is NaN, infinite or not plain JSON. */
export function requireFinite(value: unknown, where: string): void {
  canonical(value, where);
}

/** SHA-256, 64 lower-case hexadecimal digits, of the bytes of arrays and of texts in UTF-8, one after the other. */
export function sha256Hex(...contents: readonly (NodeJS.ArrayBufferView | string)[]): string {
  const hash = createHash('sha256');
  for (const content of contents) hash.update(content);
  return hash.digest('hex');
}
