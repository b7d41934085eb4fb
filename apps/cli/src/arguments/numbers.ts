/** Numbers from the command line: read strictly, refused by name. */
import { invalid } from '@theriac/tensors';

const decimal = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** A finite number within [minimum, maximum]. Throws INVALID_ARGUMENT naming the option. */
export function readNumber(
  option: string,
  text: string,
  range: { readonly minimum?: number; readonly above?: number; readonly maximum?: number } = {},
): number {
  const value = decimal.test(text.trim()) ? Number(text) : Number.NaN;
  const { minimum = -Infinity, maximum = Infinity, above = -Infinity } = range;
  if (Number.isFinite(value) && value >= minimum && value > above && value <= maximum) return value;
  throw invalid(`--${option}`, text, `a number${wordsOf(range)}`);
}

/** A whole number within [minimum, maximum]. Throws INVALID_ARGUMENT naming the option. */
export function readInteger(option: string, text: string, minimum: number, maximum = Number.MAX_SAFE_INTEGER): number {
  const value = /^[+-]?\d+$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(value) && value >= minimum && value <= maximum) return value;
  const upTo = maximum === Number.MAX_SAFE_INTEGER ? '2^53 - 1' : String(maximum);
  throw invalid(`--${option}`, text, `a whole number from ${minimum} to ${upTo}`);
}

function wordsOf({ minimum, above, maximum }: { minimum?: number; above?: number; maximum?: number }): string {
  const words = [
    ...(minimum === undefined ? [] : [`of at least ${minimum}`]),
    ...(above === undefined ? [] : [`above ${above}`]),
    ...(maximum === undefined ? [] : [`of at most ${maximum}`]),
  ];
  return words.length === 0 ? '' : ` ${words.join(' and ')}`;
}
