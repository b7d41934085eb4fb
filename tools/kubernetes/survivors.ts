/** Mutants that the check does not notice. */
import { checkContent } from './check';
import { lineOf } from './documents';
import type { Mutant } from './mutations';
import { identitySecrets } from './rendered-sets';
import type { Rendered } from './render';
import { checkTypes } from './typed-check';

/** Those of the mutants that pass as well as the documents that they come from, each taken among the rest of its set. */
export function survivorsOf(set: Rendered, mutants: readonly Mutant[]): Mutant[] {
  const elsewhere = identitySecrets;
  const [wrong] = checkContent(set.documents, { elsewhere });
  if (wrong !== undefined) throw new Error(`nothing can be said of mutants: ${lineOf(wrong)}`);
  const typed = new Set(checkTypes(mutants.map(({ document }) => document)).map(({ index }) => index));
  return mutants.filter(({ original, document }, index) => {
    if (typed.has(index)) return false;
    const documents = set.documents.map((each) => (each === original ? document : each));
    return checkContent(documents, { elsewhere }).length === 0;
  });
}
