import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readPolicy } from '@theriac/service-kit';
import { issueAuthority, issueIdentity } from '@theriac/service-kit/certificates';
import type { Issued } from '@theriac/service-kit/certificates';
import { randomStream } from '@theriac/tensors';
import type { Experiment } from '../frame/experiment';
import { printFigures } from '../frame/figures';
import { readNumbers } from '../frame/options';
import { startServiceProcess } from '../frame/service-process';
import type { Role, ServiceProcess } from '../frame/service-process';
import { openRawClient } from './call-raw';
import { domain, hosts, hourAt, identities, makeCallers } from './callers';
import type { Caller } from './callers';
import { methodsOf } from './methods';
import { policyText, randomMatrix } from './policies';
import type { Matrix } from './policies';

const roles = ['trainer', 'attacker', 'evaluator'] as const;

/** A cell that was not as the policy says. */
interface Wrong {
  readonly cell: string;
  readonly expected: string;
  readonly found: string;
}

interface Tally {
  cells: number;
  denied: number;
  logged: number;
  readonly wrong: Wrong[];
}

/** Everybody calls every method of every service: each cell must be as the policy says, and each denial in the log. */
export const authorisation: Experiment = {
  id: 'authorisation',
  summary: 'each role and each stranger calls each method, under the standard policy and --policies 5 random ones',
  async run(args) {
    const { seed, policies } = readNumbers(args, { seed: 0, policies: 5 });
    const folder = mkdtempSync(join(tmpdir(), 'theriac-authorisation-'));
    const tally: Tally = { cells: 0, denied: 0, logged: 0, wrong: [] };
    try {
      const authority = await issueAuthority('authorisation', hourAt(0));
      for (const role of roles) await writeIdentity(join(folder, role), authority, role);
      const callers = await makeCallers(authority);
      await tryPolicy(folder, callers, standardMatrix(), undefined, seed, tally);
      for (let index = 0; index < policies; index++) {
        const matrix = randomMatrix(seed, index);
        const file = join(folder, `policy-${index}.yaml`);
        writeFileSync(file, policyText(matrix));
        await tryPolicy(folder, callers, matrix, file, seed, tally);
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
    for (const { cell, expected, found } of tally.wrong.slice(0, 20))
      process.stdout.write(`  ${cell}: ${found}, where ${expected} was promised\n`);
    const right = tally.cells - tally.wrong.length;
    return printFigures([
      { what: 'policies', found: String(policies + 1) },
      {
        what: 'cells as the policy says',
        found: `${right} of ${tally.cells}`,
        promised: 'all',
        held: tally.cells > 0 && right === tally.cells,
      },
      {
        what: 'denied calls with a line in the log',
        found: `${tally.logged} of ${tally.denied}`,
        promised: 'all',
        held: tally.logged === tally.denied,
      },
    ]);
  },
};

async function tryPolicy(
  folder: string,
  callers: readonly Caller[],
  matrix: Matrix,
  file: string | undefined,
  seed: number,
  tally: Tally,
): Promise<void> {
  for (const role of roles) {
    const settings = ['--tls', join(folder, role), ...(file === undefined ? [] : ['--policy', file])];
    const service = await startServiceProcess(role, [...settings, '--threads', '1']);
    try {
      const before = tally.denied;
      for (const caller of callers) await callEverything(service, caller, matrix, seed, tally);
      await service.stop();
      tally.logged += auditLines(service, tally.denied - before);
    } finally {
      await service.stop();
    }
  }
}

/** Calls the methods in an order of the seed, since nothing may depend on what was called before. */
async function callEverything(service: ServiceProcess, caller: Caller, matrix: Matrix, seed: number, tally: Tally) {
  const methods = methodsOf(service.role);
  const client = openRawClient(service.address, caller.credentials);
  for (const k of randomStream(seed, 'order', service.role, caller.name).permutation(methods.length)) {
    const method = methods[k] as string;
    const expected = expectedOf(caller, matrix[service.role].get(method) ?? []);
    const found = await client.call(method);
    tally.cells += 1;
    if (found === 'PERMISSION_DENIED' || found === 'UNAUTHENTICATED') tally.denied += 1;
    if (expected === 'served' ? notServed.includes(found) : found !== expected)
      tally.wrong.push({ cell: `${caller.name} to the ${service.role}, ${method}`, expected, found });
  }
  client.close();
}

/** An empty message is no request: what is let in gets an answer, or is told what is missing. */
const notServed = ['PERMISSION_DENIED', 'UNAUTHENTICATED', 'UNAVAILABLE', 'UNKNOWN', 'DEADLINE_EXCEEDED', 'CANCELLED'];

function expectedOf({ expected }: Caller, allowed: readonly string[]): string {
  if ('status' in expected) return expected.status;
  return allowed.includes(expected.role) ? 'served' : 'PERMISSION_DENIED';
}

/** Lines that name method, peer, code and reason, at most `most`: more than were denied would be wrong, too. */
function auditLines(service: ServiceProcess, most: number): number {
  const lines = service
    .log()
    .split('\n')
    .filter((line) => line.includes('"audit":"denied"'))
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  const whole = lines.filter((line) => ['method', 'peer', 'code', 'why'].every((key) => typeof line[key] === 'string'));
  return whole.length > most ? 0 : whole.length;
}

function standardMatrix(): Matrix {
  const rows = (role: Role): Matrix[Role] => {
    const policy = readPolicy(role);
    const allowed = (method: string) => identities.filter((identity) => policy.allows(identity, method));
    return new Map(methodsOf(role).map((method) => [method, allowed(method)]));
  };
  return { trainer: rows('trainer'), attacker: rows('attacker'), evaluator: rows('evaluator') };
}

async function writeIdentity(folder: string, authority: Issued, role: Role): Promise<void> {
  const { certificate, key } = await issueIdentity(authority, { uri: `spiffe://${domain}/${role}`, hosts }, hourAt(0));
  mkdirSync(folder);
  for (const [name, text] of Object.entries({
    'tls.crt': certificate,
    'tls.key': key,
    'ca.crt': authority.certificate,
  }))
    writeFileSync(join(folder, name), text, { mode: 0o600 });
}
