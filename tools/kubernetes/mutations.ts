/** Documents made wrong in one place, to see that the check notices. */
import { randomStream } from '../../libs/tensors/src/index';
import { isArray, isObject, kindOf, titleOf, valuesIn, type Json, type JsonObject, type Path } from './documents';

export const mutationKinds = ['unknown field', 'wrong type', 'missing field'] as const;
export type MutationKind = (typeof mutationKinds)[number];

/** A document with one thing wrong with it. */
export interface Mutant {
  readonly kind: MutationKind;
  /** What was done: "spec.replicas is "7"". */
  readonly what: string;
  readonly path: Path;
  readonly original: JsonObject;
  readonly document: JsonObject;
}

/** Fields that a document may lack and be as good: "Kind name.path". */
export const optionalFields: readonly RegExp[] = [
  // The API's or the cluster's own default does.
  /\.fsGroupChangePolicy$/,
  /Probe\.(?:timeoutSeconds|failureThreshold)$/,
  /^Deployment \S+\.spec\.replicas$/,
  /^PersistentVolumeClaim \S+\.spec\.storageClassName$/,
  /^Certificate \S+\.spec\.renewBefore$/,
  /^(?:Job|Pod) \S+\.terminationGracePeriodSeconds$/,
  // For drivers that come through `kubectl port-forward`.
  /^Certificate \S+\.spec\.ipAddresses$/,
  // What a program does with its arguments is its own affair.
  /^(?:Deployment (?:otel-collector|prometheus|jaeger|grafana)|Pod theriac-load-data)\..*\.(?:args|command|env)$/,
  /^Job \S+\..*\.args$/,
  // Of what is selected by nothing.
  /^(?:ServiceAccount|PersistentVolumeClaim) \S+\.metadata\.labels\.app\.kubernetes\.io\/name$/,
];

/** Every mutant of a document of one kind. */
export function mutantsOf(document: JsonObject, kind: MutationKind): Mutant[] {
  return [...valuesIn(document)].flatMap(({ path, value }): Mutant[] => {
    const where = path.length === 0 ? 'the document' : path.join('.');
    // What a ConfigMap holds is a file, which is anything.
    if (kindOf(document) === 'ConfigMap' && path[0] === 'data') return [];
    const mutant = (what: string, replaced: JsonObject): Mutant => ({
      kind,
      what,
      path,
      original: document,
      document: replaced,
    });
    switch (kind) {
      case 'unknown field':
        if (!isObject(value)) return [];
        return [mutant(`${where} has a field surprise`, setAt(document, path, { ...value, surprise: 'x' }))];
      case 'wrong type':
        if (path.length === 0) return [];
        return wrongFor(path, value).map((wrong) =>
          mutant(`${where} is ${JSON.stringify(wrong)}`, setAt(document, path, wrong)),
        );
      case 'missing field': {
        // Of no list and an empty one the API makes the same.
        if (typeof path.at(-1) !== 'string' || (isArray(value) && value.length === 0)) return [];
        if (optionalFields.some((pattern) => pattern.test([titleOf(document), ...path].join('.')))) return [];
        return [mutant(`${where} is missing`, setAt(document, path, undefined))];
      }
    }
  });
}

/** So many mutants of each kind of document, drawn by a seed; each kind of document and of mutation has its own. */
export function drawMutants(documents: readonly JsonObject[], count: number, seed: number): Mutant[] {
  const kinds = [...new Set(documents.map(kindOf))].sort();
  return kinds.flatMap((documentKind) =>
    mutationKinds.flatMap((kind) => {
      const all = documents
        .filter((document) => kindOf(document) === documentKind)
        .flatMap((document) => mutantsOf(document, kind));
      const order = randomStream(seed, 'mutations', documentKind, kind).permutation(all.length);
      return [...order.subarray(0, count)].map((index) => all[index]!);
    }),
  );
}

/** Values of other types than a value has, none of which the API takes in its place. */
function wrongFor(path: Path, value: Json): Json[] {
  if (typeof value === 'string') return [7, true, ['x'], { x: 'y' }];
  if (typeof value === 'number') return ['seven', 1.5, false, [7], { x: 7 }];
  if (typeof value === 'boolean') return ['true', 1, {}];
  if (isArray(value)) return ['x', 7, { x: 'y' }];
  return path.length === 0 ? [] : ['x', 7, true, [{ x: 'y' }]];
}

function setAt(document: JsonObject, path: Path, value: Json | undefined): JsonObject {
  return changed(document, path, value) as JsonObject;
}

function changed(value: Json, [step, ...rest]: Path, replacement: Json | undefined): Json | undefined {
  if (step === undefined) return replacement;
  if (isArray(value))
    return value.map((each, index) => (index === step ? (changed(each, rest, replacement) ?? null) : each));
  if (!isObject(value)) throw new Error(`there is no ${step}`);
  const entries = Object.entries(value).flatMap(([key, each]): (readonly [string, Json])[] => {
    const next = key === step ? changed(each, rest, replacement) : each;
    return next === undefined ? [] : [[key, next]];
  });
  return Object.fromEntries(entries);
}
