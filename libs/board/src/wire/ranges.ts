import type { Limits, PoisonFraction as WireFraction } from '@theriac/contract/game';
import { ratioFraction } from '@theriac/game';
import type { PoisonFraction } from '@theriac/game';
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

/** Seconds of a slice that asks for none. */
const defaultSlice = 20;

/** The budget of a slice: 0 means the default. Throws INVALID_ARGUMENT above the limit or below a millisecond. */
export function sliceBudget(seconds: number, limits: Limits): number {
  if (seconds === 0) return Math.min(defaultSlice, limits.sliceSeconds);
  return requireRange(seconds, 0.001, limits.sliceSeconds, 'slice_seconds');
}

/** eps_d of a message. Throws INVALID_ARGUMENT when it is not set, negative or not finite. */
export function fractionOf(message: WireFraction | undefined): PoisonFraction {
  const amount = message?.amount;
  if (amount === undefined || (amount.$case === 'everything' && !amount.value))
    throw invalid('poison_fraction', 'nothing', 'a ratio >= 0, or everything', 'Set the field.');
  return amount.$case === 'ratio' ? ratioFraction(amount.value) : { kind: 'everything' };
}
