import { parseArgs } from 'node:util';
import { invalid } from '@theriac/tensors';

/** `--name value` as numbers, each with its standard value; INVALID_ARGUMENT for an unknown name and for what is not a number of 0 or more. */
export function readNumbers<K extends string>(
  args: readonly string[],
  standards: Readonly<Record<K, number>>,
): Record<K, number> {
  const names = Object.keys(standards) as K[];
  const options = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]));
  const given = parse(args, options, names);
  const values = names.map((name) => {
    const text = given[name];
    if (text === undefined) return [name, standards[name]];
    const value = text.trim() === '' ? NaN : Number(text);
    if (!(value >= 0)) throw invalid(`--${name}`, text, 'a number of 0 or more');
    return [name, value];
  });
  return Object.fromEntries(values) as Record<K, number>;
}

function parse(
  args: readonly string[],
  options: Record<string, { type: 'string' }>,
  names: readonly string[],
): Readonly<Record<string, string | undefined>> {
  try {
    return parseArgs({ args: [...args], options, strict: true }).values;
  } catch (error) {
    const [sentence = ''] = (error instanceof Error ? error.message : String(error)).split(/\. |\n/);
    throw invalid('command line', sentence, names.map((name) => `--${name} NUMBER`).join(', '));
  }
}
