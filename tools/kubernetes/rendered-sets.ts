/** The check of several rendered sets at once: the compiler starts once for all of them. */
import { checkContent } from './check';
import type { JsonObject, Problem } from './documents';
import type { Rendered } from './render';
import { checkTypes } from './typed-check';

export interface Checked {
  readonly rendered: Rendered;
  readonly problems: readonly Problem[];
}

/** What `theriac certificates` makes on a laptop, and cert-manager elsewhere. */
export const identitySecrets = ['trainer', 'attacker', 'evaluator', 'driver'].map(
  (role) => `Secret theriac-${role}-tls`,
);

/** Telemetry whose receiver is not there goes nowhere, and nothing else is different. */
const collector = 'Service otel-collector';

/** The problems of each set. Documents that several sets share are typed once. */
export function checkRendered(sets: readonly Rendered[]): Checked[] {
  const seen = new Map<string, JsonObject>();
  for (const { documents } of sets) for (const document of documents) seen.set(JSON.stringify(document), document);
  const typed = new Map<string, Problem[]>();
  const distinct = [...seen];
  for (const problem of checkTypes(distinct.map(([, document]) => document))) {
    const [key = ''] = distinct[problem.index] ?? [];
    typed.set(key, [...(typed.get(key) ?? []), problem]);
  }
  return sets.map((rendered) => ({
    rendered,
    problems: [
      ...rendered.documents.flatMap((document) => typed.get(JSON.stringify(document)) ?? []),
      ...checkContent(rendered.documents, { elsewhere: [collector, ...(certifies(rendered) ? [] : identitySecrets)] }),
    ],
  }));
}

const certifies = ({ documents }: Rendered): boolean => documents.some(({ kind }) => kind === 'Certificate');
