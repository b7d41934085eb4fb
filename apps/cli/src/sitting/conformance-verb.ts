/** What `theriac conformance` does and prints. */
import { canonicalJson } from '@theriac/game';
import { TheriacError } from '@theriac/tensors';
import { checkConformance, requireChecks } from '../conformance/conformance';
import type { RoleReport } from '../conformance/conformance';
import { roles } from '../driver/players';
import type { Addresses } from '../embedded/table';
import { countOf, outcomeLine, roleTitle } from '../presentation/conformance-text';
import type { ConformanceFlags } from '../verbs/conformance';
import { withSitting } from './sitting';

export interface ConformanceRequest extends ConformanceFlags {
  readonly addresses: Addresses;
  readonly allowPlaintext?: boolean;
  readonly tls?: string;
}

/** Checks the services at the addresses given, or all three of our own. Throws FAILED_PRECONDITION where a check failed. */
export async function conformanceVerb(request: ConformanceRequest): Promise<void> {
  const { addresses, only, json = false } = request;
  const given = roles.filter((role) => addresses[role] !== undefined);
  const wanted = given.length === 0 ? roles : given;
  requireChecks(wanted, only);
  const say = (text: string): void => {
    if (!json) process.stdout.write(`${text}\n`);
  };
  const { dataset, reports } = await withSitting({ ...request, wanted }, ({ players, signal }) =>
    checkConformance(players, {
      roles: wanted,
      dataset: request.dataset,
      only,
      signal,
      onRole: (role, on) => say(roleTitle(role, on)),
      onOutcome: (outcome) => say(outcomeLine(outcome)),
    }),
  );
  if (json) process.stdout.write(canonicalJson({ dataset, conforms: !reports.some(hasFailed), roles: reports }));
  for (const report of reports) say(countOf(report));
  const failed = reports.filter(hasFailed).map(countOf);
  if (failed.length > 0)
    throw new TheriacError(`not as the contract says: ${failed.join('; ')}`, {
      code: 'FAILED_PRECONDITION',
      remedy: 'docs/conformance.md says what each check asks.',
    });
}

const hasFailed = ({ checks }: RoleReport): boolean => checks.some(({ verdict }) => verdict === 'failed');
