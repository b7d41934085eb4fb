/** Values of a YAML mapping, read strictly: an unknown key, a wrong type or a value out of range is refused by file and key. */
import { invalid, TheriacError } from '@theriac/tensors';
import { LineCounter, parseDocument } from 'yaml';
import type { Document } from 'yaml';

/** Where a value stands. */
export interface Place {
  readonly file: string;
  /** Dotted, for example "profiles.quick.seeds"; "" for the whole file. */
  readonly key: string;
}

/** Reads one value. Throws INVALID_ARGUMENT naming its place, what was found and what is allowed. */
export type Reader<T> = (value: unknown, place: Place) => T;
export type Fields = Readonly<Record<string, Reader<unknown>>>;
export type Values<F extends Fields> = { readonly [K in keyof F]?: ReturnType<F[K]> };

/** The content of a YAML file. Throws INVALID_ARGUMENT with line and column where it is not YAML. */
export function readYaml(text: string, file: string): unknown {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, uniqueKeys: true });
  const [fault] = [...document.errors, ...document.warnings];
  if (fault === undefined) return withoutAliases(document, file);
  const { line, col } = lineCounter.linePos(fault.pos[0]);
  const sentence = (fault.message.split('\n')[0] ?? '').replace(/ at line \d+, column \d+:?$/, '');
  throw new TheriacError(`${file}, line ${line}, column ${col}: ${sentence}`, {
    code: 'INVALID_ARGUMENT',
    field: file,
    allowed: 'a YAML mapping',
  });
}

/** Aliases can make a small file a huge value. */
function withoutAliases(document: Document, file: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 0 }) as unknown;
  } catch (error) {
    throw invalid(`${file}: an alias`, (error as Error).message, 'no aliases', 'Write the value out.');
  }
}

/** The mapping at `place` with these fields only. `required` ones must be there. */
export function readFields<F extends Fields>(
  value: unknown,
  place: Place,
  fields: F,
  required: readonly (keyof F & string)[] = [],
): Values<F> {
  const mapping = entriesOf(value, place);
  const names = Object.keys(fields);
  for (const [name] of mapping)
    if (!names.includes(name))
      throw new TheriacError(`${place.file}: there is no key ${JSON.stringify(inner(place, name).key)}`, {
        code: 'INVALID_ARGUMENT',
        field: inner(place, name).key,
        found: name,
        allowed: names.join(', '),
      });
  const there = new Map(mapping);
  for (const name of required)
    if (!there.has(name)) throw refused(inner(place, name), undefined, 'a value: it is required');
  return Object.fromEntries(
    mapping.map(([name, entry]) => [name, fields[name]?.(entry, inner(place, name))]),
  ) as Values<F>;
}

/** A mapping with keys of the user's own, in their order. */
export function mappingOf<T>(reader: Reader<T>, allowedKeys?: readonly string[]): Reader<ReadonlyMap<string, T>> {
  return (value, place) => {
    const entries = entriesOf(value, place);
    for (const [name] of entries)
      if (allowedKeys !== undefined && !allowedKeys.includes(name))
        throw refused({ ...place, key: joined(place.key, name) }, name, allowedKeys.join(', '));
    return new Map(entries.map(([name, entry]) => [name, reader(entry, inner(place, name))]));
  };
}

export function listOf<T>(reader: Reader<T>): Reader<readonly T[]> {
  return (value, place) => {
    if (!Array.isArray(value) || value.length === 0) throw refused(place, value, 'a list that is not empty');
    return value.map((entry, index) => reader(entry, { ...place, key: `${place.key}[${index}]` }));
  };
}

export const text: Reader<string> = (value, place) => {
  if (typeof value === 'string' && value.trim() !== '') return value.trim();
  throw refused(place, value, 'a text');
};

export const flag: Reader<boolean> = (value, place) => {
  if (typeof value === 'boolean') return value;
  throw refused(place, value, 'true or false');
};

export function word<W extends string>(...allowed: readonly W[]): Reader<W> {
  return (value, place) => {
    const found = allowed.find((candidate) => candidate === value);
    if (found === undefined) throw refused(place, value, allowed.join(', '));
    return found;
  };
}

export function integer(minimum: number, maximum: number): Reader<number> {
  return (value, place) => {
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= minimum && value <= maximum) return value;
    throw refused(place, value, `a whole number from ${minimum} to ${maximum}`);
  };
}

/** A finite number of at least `minimum` (or above it) and at most `maximum`. */
export function number(range: { minimum?: number; above?: number; maximum: number }): Reader<number> {
  const { minimum = -Infinity, above = -Infinity, maximum } = range;
  const from = range.above === undefined ? `from ${minimum}` : `above ${above}`;
  return (value, place) => {
    const fits = typeof value === 'number' && value >= minimum && value > above && value <= maximum;
    if (fits) return value;
    throw refused(place, value, `a number ${from} ${range.above === undefined ? '' : 'and '}up to ${maximum}`);
  };
}

/** What an attack's option may be; the attack itself knows its range. */
export const optionValue: Reader<string | number | boolean> = (value, place) => {
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw refused(place, value, 'a number, a text, true or false');
};

/** The error for a value that is not allowed at its place. The caller throws it. */
export function refused({ file, key }: Place, found: unknown, allowed: string, remedy?: string): TheriacError {
  return invalid(`${file}: ${key === '' ? 'the file' : key}`, found, allowed, remedy);
}

/** Runs `work`; what it refuses as a bad option of the command line is refused in the name of `where`. */
export function refusedAs<T>(where: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof TheriacError) || error.detail.code !== 'INVALID_ARGUMENT') throw error;
    const again = new TheriacError('', error.detail);
    again.message = `${where}: ${error.message.replace(/^: /, '').replaceAll(/--(?=[a-z])/g, '')}`;
    throw again;
  }
}

function entriesOf(value: unknown, place: Place): [string, unknown][] {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return Object.entries(value);
  throw refused(place, value, 'a mapping of keys to values');
}

const joined = (key: string, name: string): string => (key === '' ? name : `${key}.${name}`);
const inner = ({ file, key }: Place, name: string): Place => ({ file, key: joined(key, name) });
