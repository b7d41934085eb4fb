/** What somebody may do in a namespace, as a Role says it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';

export interface Rights {
  allow(verb: string, resource: string): boolean;
}

interface Role {
  readonly kind: string;
  readonly rules?: readonly { readonly resources: readonly string[]; readonly verbs: readonly string[] }[];
}

const file = join(__dirname, '..', '..', '..', '..', '..', 'deploy', 'kubernetes', 'base', 'sweeper.yaml');

/** Those of the Role that is meant for sweeps. */
export function rightsOfSweeper(): Rights {
  const documents = parseAllDocuments(readFileSync(file, 'utf8')).map((one) => one.toJS() as Role);
  const rules = documents.filter(({ kind }) => kind === 'Role').flatMap((role) => role.rules ?? []);
  return {
    allow: (verb, resource) =>
      rules.some(({ resources, verbs }) => resources.includes(resource) && verbs.includes(verb)),
  };
}

/** Those rights without one of them. */
export function rightsWithout(rights: Rights, verb: string, resource: string): Rights {
  return { allow: (asked, of) => !(asked === verb && of === resource) && rights.allow(asked, of) };
}
