/** Success of an attack's signals, in the report. */
import type { ResultCard } from '@theriac/game';
import { figure, spreadText } from '../presentation/figures';
import { escape, facts, table } from './html';

/** One line per protocol and signal, and what the attack estimated; empty where it has no signals. */
export function signalTable({ signals = [], figures = {}, protocols }: ResultCard): string {
  const rows = protocols.flatMap((protocol) =>
    (protocol.signals ?? []).map((found, k) => {
      const target = signals[k]?.target ?? null;
      const wanted = target === null ? 'f(x)' : String(target);
      return [protocol.name, found.name, wanted, spreadText(found.success), spreadText(found.clean)];
    }),
  );
  if (rows.length === 0) return '';
  const estimates = Object.entries(figures).map(([name, value]): [string, string] => [name, figure(value)]);
  return table(['protocol', 'signal', 'f(g(x)) shall be', 'success %', 'clean model %'], rows) + facts(estimates);
}

/** What the reader must know of the table. */
export function signalNote(): string {
  return escape(
    'Success: the share of test rows x for which the model says of g(x), the row with the signal, what the collective wants; mean over the last ten epochs. The clean model: its last epoch. Estimates of uniqueness (xi), gap (Delta), suboptimality (eps) and bound are our reading of the theory.',
  );
}
