/** Holds services against the contract, role by role, check by check. */
import type { BackendDescription } from '@theriac/contract/game';
import type { CallSettings } from '@theriac/service-kit';
import { callUnary } from '@theriac/service-kit';
import { invalid } from '@theriac/tensors';
import type { Players, Role } from '../driver/players';
import type { Check } from './check';
import { commonDataset } from './common-data';
import { knownGame } from './known-game';
import type { KnownGame } from './known-game';
import { outcomeOf } from './outcomes';
import type { Outcome } from './outcomes';
import type { Subject } from './subject';
import { attackerChecks, evaluatorChecks, promises, trainerChecks } from './checks-by-role';

/** The bound of one check, and of one call within it, seconds. */
const checkSeconds = 180;
const callSeconds = 60;

export interface RoleReport {
  readonly role: Role;
  readonly address: string;
  readonly backend: string;
  readonly checks: readonly Outcome[];
}

export interface Conformance {
  readonly roles: readonly Role[];
  /** undefined: one that both sides have. */
  readonly dataset: string | undefined;
  /** Only checks whose id begins with it. */
  readonly only: string;
  readonly signal: AbortSignal;
  onRole(role: Role, dataset: string): void;
  onOutcome(outcome: Outcome): void;
}

/** Throws INVALID_ARGUMENT where no check of these roles begins so. */
export function requireChecks(roles: readonly Role[], only: string): void {
  const known = [...new Set(roles.flatMap((role) => promises[role].map(({ id }) => id)))];
  if (!known.some((id) => id.startsWith(only)))
    throw invalid('--only', only, known.join(', '), 'Name a beginning of one.');
}

/** Makes the checks of these roles. Throws where a service cannot be reached or does not let us in, without data, and on cancellation. */
export async function checkConformance(
  players: Players,
  asked: Conformance,
): Promise<{ readonly dataset: string; readonly reports: readonly RoleReport[] }> {
  const dataset = asked.dataset ?? (await commonDataset(players, asked.roles, settingsOf(asked)));
  const game = await knownGame(dataset);
  const reports: RoleReport[] = [];
  for (const role of asked.roles) {
    asked.onRole(role, dataset);
    reports.push(await reportOf[role](players, game, asked));
  }
  return { dataset, reports };
}

const reportOf: Readonly<Record<Role, (players: Players, game: KnownGame, asked: Conformance) => Promise<RoleReport>>> =
  {
    async trainer({ trainer }, game, asked) {
      const settings = settingsOf(asked);
      const about = await callUnary(trainer.client, 'describe', {}, settings);
      return makeChecks({ ...placeOf(trainer), about, game, settings }, trainerChecks, asked);
    },
    async attacker({ attacker }, game, asked) {
      const settings = settingsOf(asked);
      const about = await callUnary(attacker.client, 'describe', {}, settings);
      return makeChecks({ ...placeOf(attacker), about, game, settings }, attackerChecks, asked);
    },
    async evaluator({ evaluator }, game, asked) {
      const settings = settingsOf(asked);
      const about = await callUnary(evaluator.client, 'describe', {}, settings);
      return makeChecks({ ...placeOf(evaluator), about, game, settings }, evaluatorChecks, asked);
    },
  };

const settingsOf = ({ signal }: Conformance): CallSettings => ({ signal, deadlineSeconds: callSeconds });

function placeOf<C>({
  role,
  address,
  client,
  blobs,
}: Pick<Subject<C, unknown>, 'role' | 'address' | 'client' | 'blobs'>) {
  return { role, address, client, blobs };
}

async function makeChecks<C, A extends { readonly backend: BackendDescription | undefined }>(
  subject: Subject<C, A>,
  checks: readonly Check<Subject<C, A>>[],
  { only, onOutcome }: Conformance,
): Promise<RoleReport> {
  const outcomes: Outcome[] = [];
  for (const check of checks.filter(({ id }) => id.startsWith(only))) {
    const outcome = await outcomeOf(check, subject, checkSeconds);
    outcomes.push(outcome);
    onOutcome(outcome);
  }
  const { role, address, about } = subject;
  const { name, version, device } = about.backend ?? { name: 'unnamed', version: '', device: '' };
  return { role, address, backend: `${name} ${version} ${device}`.trim(), checks: outcomes };
}
