/** What a defence left out, in the report: rows, and how they compare with the true poison. */
import type { ResultCard } from '@theriac/game';
import { figure, spreadText } from '../presentation/figures';
import { escape, table } from './html';

/** One line per protocol; empty where no sanitiser ran. */
export function removalTable({ protocols, attack }: ResultCard): string {
  const rows = protocols.flatMap(({ name, removed }) => {
    if (removed === undefined) return [];
    const poisoned = [figure(removed.rows.mean), spreadText(removed.precision), spreadText(removed.recall)];
    return [[name, figure(removed.clean.mean), ...(attack === 'none' ? [] : poisoned)]];
  });
  const poisoned = ['rows left out of chi', 'precision %', 'recall %'];
  return rows.length === 0
    ? ''
    : table(['protocol', 'rows left out of mu', ...(attack === 'none' ? [] : poisoned)], rows);
}

/** What the reader must know of the table. */
export function defenceNote({ defence }: ResultCard): string {
  return escape(
    `${defence}. The trainer does not know which rows are poison; precision (of what was left out, the share that is poison) and recall (of the poison, the share that was left out) are the referee's. Clean training ran under the same defence.`,
  );
}
