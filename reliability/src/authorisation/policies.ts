import { randomStream } from '@theriac/tensors';
import type { Role } from '../frame/service-process';
import { identities } from './callers';
import type { IdentityRole } from './callers';
import { methodsOf } from './methods';

/** Who may call each method of each service. */
export type Matrix = Readonly<Record<Role, ReadonlyMap<string, readonly IdentityRole[]>>>;

/** A policy that lets each role call each method with probability 1/2, and an attacker nothing that no policy may. */
export function randomMatrix(seed: number, index: number): Matrix {
  const stream = randomStream(seed, 'policy', index);
  const rows = (role: Role): ReadonlyMap<string, readonly IdentityRole[]> =>
    new Map(
      methodsOf(role).map((method) => {
        const secret = role === 'evaluator' && /\/Score$|BlobsService/.test(method);
        const roles = identities.filter((each) => stream.uniform() < 0.5 && !(secret && each === 'attacker'));
        return [method, roles];
      }),
    );
  return { trainer: rows('trainer'), attacker: rows('attacker'), evaluator: rows('evaluator') };
}

/** The text of a policy file; a method that nobody may call is left out. */
export function policyText(matrix: Matrix): string {
  const part = (role: Role): string => {
    const lines = [...matrix[role]].filter(([, roles]) => roles.length > 0);
    return `${role}:\n${lines.map(([method, roles]) => `  ${method.slice(1)}: [${roles.join(', ')}]\n`).join('')}`;
  };
  return (['trainer', 'attacker', 'evaluator'] as const).map(part).join('');
}
