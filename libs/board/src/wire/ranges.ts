import { invalid } from '@theriac/tensors';

/** `value` if it is finite and within [least, most]. Throws INVALID_ARGUMENT naming `field`. */
export function requireRange(value: number, least: number, most: number, field: string): number {
  if (!Number.isFinite(value) || value < least || value > most)
    throw invalid(field, value, `a number from ${least} to ${most}`, 'Choose a value in this range.');
  return value;
}

/** `value` if it is a whole number within [least, most], `otherwise` if it is 0. Throws INVALID_ARGUMENT naming `field`. */
export function requireCount(value: number, least: number, most: number, field: string, otherwise: number): number {
  if (value === 0) return otherwise;
  if (!Number.isSafeInteger(value) || value < least || value > most)
    throw invalid(
      field,
      value,
      `a whole number from ${least} to ${most}, or 0 for ${otherwise}`,
      'Choose a value in this range.',
    );
  return value;
}
