/** What became of an attack's signals, as text. */
import type { ResultCard } from '@theriac/game';
import { figure, spreadText } from './figures';

type Card = Pick<ResultCard, 'signals' | 'figures' | 'protocols'>;

/** A line per signal and protocol, then what theory promises; none where the attack has no signals. */
export function signalLines({ signals = [], figures, protocols }: Card): string[] {
  if (signals.length === 0) return [];
  const lines = signals.flatMap(({ name, target }, k) =>
    protocols.flatMap((protocol) => {
      const found = protocol.signals?.[k];
      if (found === undefined) return [];
      const wanted = target === null ? 'f(g(x)) = f(x)' : `f(g(x)) = ${target}`;
      return [
        `Success of ${name === 'signal' ? 'the signal' : `the ${name} signal`}, ${wanted}, ${protocol.name}: ${spreadText(found.success)}% (clean model ${spreadText(found.clean)}%)`,
      ];
    }),
  );
  return [...lines, ...theoryLine(figures)];
}

function theoryLine(figures: Card['figures'] = {}): string[] {
  const { bound, uniqueness, gap, suboptimality } = figures;
  if (bound === undefined) return [];
  return [
    `Theory promises ${figure(100 * bound)}% at least (xi ${figure(uniqueness)}, Delta ${figure(gap)}, eps ${figure(suboptimality)}; our reading)`,
  ];
}
