/** The strict check of manifests: their types, and everything that types do not say. */
import { kindOf, textAt, titleOf, valuesIn, type JsonObject, type Problem } from './documents';
import { checkFormats } from './formats';
import { checkPod, podsOf } from './pods';
import { checkReachability } from './reachability';
import { checkReferences } from './references';
import { checkServices } from './services';
import { checkTypes } from './typed-check';

export interface CheckSettings {
  /** Objects that others make: "Secret theriac-trainer-tls". */
  readonly elsewhere?: readonly string[];
}

/** Everything that is wrong with the documents of one namespace, taken together; nothing where they may be applied. */
export function checkDocuments(documents: readonly JsonObject[], settings: CheckSettings = {}): Problem[] {
  return [...checkTypes(documents), ...checkContent(documents, settings)];
}

/** What types do not say: without the compiler, so that it is quick. */
export function checkContent(documents: readonly JsonObject[], { elsewhere = [] }: CheckSettings = {}): Problem[] {
  return [
    ...documents.flatMap(checkSecrets),
    ...documents.flatMap(checkFormats),
    ...podsOf(documents).flatMap(checkPod),
    ...checkReferences(documents, elsewhere),
    ...checkServices(documents),
    ...checkReachability(documents),
  ];
}

const secretText = /-----BEGIN [A-Z ]*PRIVATE KEY-----|AKIA[0-9A-Z]{16}/;

/** Secrets are made in the cluster, never written down here. */
function checkSecrets(document: JsonObject): Problem[] {
  const written =
    kindOf(document) === 'Secret' || [...valuesIn(document)].some(({ value }) => secretText.test(String(value)));
  const wrong = written ? [{ document: titleOf(document), path: [], sentence: 'a secret is written down' }] : [];
  return textAt(document, 'metadata', 'name') === undefined
    ? [...wrong, { document: titleOf(document), path: ['metadata'], sentence: 'lacks name' }]
    : wrong;
}
