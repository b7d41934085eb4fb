import { invalid, TheriacError } from '@theriac/tensors';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import { securityRoles, type Role } from './identity';

/** Which role may call which method of one service: what is not in it is refused. */
export interface Policy {
  /** Whether a role may call a method, "/theriac.v1.TrainerService/Train". */
  allows(role: Role, method: string): boolean;
  /** Who may call a method. */
  rolesOf(method: string): readonly Role[];
}

/** The policy that services come with. */
export const standardPolicyFile = join(__dirname, '..', '..', 'policy.yaml');

export const servers = ['trainer', 'attacker', 'evaluator'] as const;
export type Server = (typeof servers)[number];

/** What no policy may grant. */
const never: readonly {
  readonly server: Server;
  readonly role: Role;
  readonly method: RegExp;
  readonly why: string;
}[] = [
  {
    server: 'evaluator',
    role: 'attacker',
    method: /^theriac\.v1\.(EvaluatorService\/Score|BlobsService\/.*)$/,
    why: 'an attacker must not learn test scores, nor reach what the evaluator keeps',
  },
];

/** Reads the policy file's part for one service. INVALID_ARGUMENT, naming the place, where it is no policy or grants what none may. */
export function readPolicy(server: Server, file = standardPolicyFile): Policy {
  return parsePolicy(server, readText(file), file);
}

/** The same, of a text; `where` names it in errors. All parts are checked, whichever is asked for. */
export function parsePolicy(server: Server, text: string, where: string): Policy {
  const standard = methodsOf(readText(standardPolicyFile), standardPolicyFile);
  const parts = [...methodsOf(text, where)].map(([name, methods]): [Server, Map<string, readonly Role[]>] => {
    const offered = new Set(standard.get(name)?.map(([method]) => method));
    return [name, readPart(name, methods, offered, where)];
  });
  const granted = new Map(parts).get(server) ?? new Map<string, readonly Role[]>();
  const rolesOf = (method: string) => granted.get(method.slice(1)) ?? [];
  return { rolesOf, allows: (role, method) => rolesOf(method).includes(role) };
}

/** What a policy's text says of each service: methods, and what stands beside them. */
function methodsOf(text: string, where: string): Map<Server, [string, unknown][]> {
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error) throw invalid(where, error.message.split('\n')[0], 'YAML', 'Correct the file.');
  const parts = entriesOf(document.toJS(), where).map(([name, part]): [Server, [string, unknown][]] => {
    const known = servers.find((each) => each === name);
    if (!known) throw invalid(`${where}: service`, name, servers.join(', '));
    return [known, entriesOf(part, `${where}: ${known}`)];
  });
  return new Map(parts);
}

/** `offered`: the methods that this service has, all of which the standard policy names. */
function readPart(
  server: Server,
  part: readonly [string, unknown][],
  offered: ReadonlySet<string>,
  where: string,
): Map<string, readonly Role[]> {
  const methods = part.map(([method, given]): [string, readonly Role[]] => {
    const place = `${where}: ${server}: ${method}`;
    if (!/^[A-Za-z][\w.]*\/[A-Za-z]\w*$/.test(method)) throw invalid(place, method, 'package.Service/Method');
    if (!offered.has(method))
      throw invalid(place, method, [...offered].join(', '), `The ${server} has no such method: correct the name.`);
    if (!Array.isArray(given)) throw invalid(place, given, `a list of ${securityRoles.join(', ')}`);
    const roles = given.map((word: unknown): Role => {
      const role = securityRoles.find((known) => known === word);
      if (role === undefined) throw invalid(place, word, securityRoles.join(', '));
      return role;
    });
    for (const rule of never) {
      if (rule.server === server && roles.includes(rule.role) && rule.method.test(method))
        throw invalid(
          place,
          rule.role,
          roles.filter((role) => role !== rule.role).join(', ') || 'nobody',
          `${rule.why}.`,
        );
    }
    return [method, roles];
  });
  return new Map(methods);
}

function entriesOf(value: unknown, where: string): [string, unknown][] {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return Object.entries(value);
  throw invalid(
    where,
    value,
    'names and what belongs to them',
    'Begin with the policy.yaml that the services come with.',
  );
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new TheriacError(`the policy ${file} cannot be read`, {
      code: 'FAILED_PRECONDITION',
      field: 'policy',
      found: (error as NodeJS.ErrnoException).code ?? String(error),
      remedy: 'Correct --policy, or leave it away for the policy that the services come with.',
    });
  }
}
