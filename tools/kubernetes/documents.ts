/** Manifests as data: what a YAML stream holds, and the values within a document with their paths. */
import { parseAllDocuments } from 'yaml';

export type Json = string | number | boolean | null | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

/** A step into a document: a key or an index. */
export type Path = readonly (string | number)[];

/** What is wrong, where. */
export interface Problem {
  /** "Deployment theriac-trainer". */
  readonly document: string;
  readonly path: Path;
  readonly sentence: string;
}

/** The documents of a YAML stream, read strictly: a key given twice, an alias or a merge is refused with its place. */
export function readDocuments(text: string, where: string): JsonObject[] {
  // Kubernetes reads YAML 1.1, where 0440 is octal and `on` is true; what both versions read alike is all that is allowed here.
  const read = (version: '1.1' | '1.2') =>
    parseAllDocuments(text, { version, uniqueKeys: true, strict: true, merge: false }).flatMap((document) => {
      const [wrong] = [...document.errors, ...document.warnings];
      if (wrong !== undefined) throw new Error(`${where}: ${wrong.message.split('\n')[0]}`);
      const value = document.toJS({ maxAliasCount: 0 }) as Json;
      if (value === null) return [];
      if (!isObject(value)) throw new Error(`${where}: a document is no mapping`);
      return [value];
    });
  const [documents, newer] = [read('1.1'), read('1.2')];
  if (JSON.stringify(documents) !== JSON.stringify(newer))
    throw new Error(
      `${where}: YAML 1.1 and 1.2 read it differently; put the value in quotes, write numbers in decimal`,
    );
  return documents;
}

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const isArray = (value: Json | undefined): value is readonly Json[] => Array.isArray(value);

/** The value at a path, undefined where there is none. */
export function at(value: Json | undefined, ...path: Path): Json | undefined {
  let found = value;
  for (const step of path) {
    if (typeof step === 'number') found = isArray(found) ? found[step] : undefined;
    else found = isObject(found) && Object.hasOwn(found, step) ? found[step] : undefined;
  }
  return found;
}

export const textAt = (value: Json | undefined, ...path: Path): string | undefined => {
  const found = at(value, ...path);
  return typeof found === 'string' ? found : undefined;
};

/** The mappings in the list at a path; none where there is no list. */
export const objectsAt = (value: Json | undefined, ...path: Path): readonly JsonObject[] => {
  const found = at(value, ...path);
  return isArray(found) ? found.filter(isObject) : [];
};

export const objectAt = (value: Json | undefined, ...path: Path): JsonObject => {
  const found = at(value, ...path);
  return isObject(found) ? found : {};
};

/** Every value within a document, with its path, outer ones first. */
export function* valuesIn(value: Json, path: Path = []): Generator<{ readonly path: Path; readonly value: Json }> {
  yield { path, value };
  const inner: readonly (readonly [string | number, Json])[] = isArray(value)
    ? value.map((each, index) => [index, each] as const)
    : isObject(value)
      ? Object.entries(value)
      : [];
  for (const [step, each] of inner) yield* valuesIn(each, [...path, step]);
}

export const kindOf = (document: JsonObject): string => textAt(document, 'kind') ?? 'no kind';
export const nameOf = (document: JsonObject): string => textAt(document, 'metadata', 'name') ?? 'no name';

/** "Deployment theriac-trainer". */
export const titleOf = (document: JsonObject): string => `${kindOf(document)} ${nameOf(document)}`;

/** One problem on one line. */
export const lineOf = ({ document, path, sentence }: Problem): string =>
  `${document}: ${path.length === 0 ? '' : `${path.join('.')}: `}${sentence}`;
