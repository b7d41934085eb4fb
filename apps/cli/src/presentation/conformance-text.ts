/** Checks of conformance as lines of a table. */
import type { RoleReport } from '../conformance/conformance';
import type { Outcome } from '../conformance/outcomes';
import type { Role } from '../driver/players';
import { wrapped } from './table';

const widths = { id: 26, verdict: 13, seconds: 7, found: 100 };

/** What stands above the checks of a role. */
export function roleTitle(role: Role, dataset: string): string {
  return `\n${role}, on ${dataset}\n${'check'.padEnd(widths.id)}${'verdict'.padEnd(widths.verdict)}${'s'.padStart(widths.seconds - 2)}  found`;
}

/** One check; of one that failed also what was promised. */
export function outcomeLine({ id, promise, verdict, found, seconds }: Outcome): string {
  const indent = ' '.repeat(widths.id + widths.verdict + widths.seconds);
  const told = verdict === 'failed' ? `${found} (promised: ${promise})` : found;
  const head = `${id.padEnd(widths.id)}${verdict.padEnd(widths.verdict)}${seconds.toFixed(1).padStart(widths.seconds - 2)}  `;
  return head + wrapped(told, widths.found, indent);
}

/** "trainer: 40 passed, 0 failed, 2 not offered". */
export function countOf({ role, checks }: RoleReport): string {
  const count = (verdict: Outcome['verdict']): string =>
    `${checks.filter((each) => each.verdict === verdict).length} ${verdict}`;
  return `${role}: ${count('passed')}, ${count('failed')}, ${count('not offered')}`;
}
