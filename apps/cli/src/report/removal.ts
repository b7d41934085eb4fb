/** What a defence left out, in the report: rows, and how they compare with the true poison. */
import type { ResultCard } from '@theriac/game';
import { nothingLeftOut } from '../presentation/card-text';
import { figure, spreadText } from '../presentation/figures';
import { escape, section, table } from './html';

/** The chain, and one line per protocol where it left rows out; empty where there is no defence. */
export function defenceSection(card: ResultCard): string {
  const { defence, protocols } = card;
  if (defence === 'none') return '';
  if (protocols.every(({ removed }) => removed === undefined || nothingLeftOut(removed)))
    return section('Defence', `<p>${escape(defence)}. It left no row out.</p>`);
  return section(
    'Defence',
    removalTable(card),
    escape(
      `${defence}. The trainer does not know which rows are poison; precision (of what was left out, the share that is poison) and recall (of the poison, the share that was left out) are the referee's. Clean training ran under the same defence.`,
    ),
  );
}

function removalTable({ protocols, attack }: ResultCard): string {
  const rows = protocols.flatMap(({ name, removed }) => {
    if (removed === undefined) return [];
    const poisoned = [figure(removed.rows.mean), spreadText(removed.precision), spreadText(removed.recall)];
    return [[name, figure(removed.clean.mean), ...(attack === 'none' ? [] : poisoned)]];
  });
  const poisoned = ['rows left out of chi', 'precision %', 'recall %'];
  return table(['protocol', 'rows left out of mu', ...(attack === 'none' ? [] : poisoned)], rows);
}
