/** Can the poison reach its target? tau against eps_d, the residual, the norms of the rows. */
import type { ResultCard } from '@theriac/game';
import type { VerifiedRecord } from '../driver/records';
import { figure } from '../presentation/figures';
import { barChart } from './bar-chart';
import type { Bar } from './bar-chart';
import { escape } from './html';
import { lineChart } from './line-chart';

/** The three panels, those that there is something to show in. */
export function reachPanels(card: ResultCard, verified: VerifiedRecord | undefined): string {
  const norms = residualPanel(card) + rowNormPanel(card);
  const panels = [thresholdPanel(card, verified), norms === '' ? '' : `<div class="stack">${norms}</div>`];
  const there = panels.filter((text) => text !== '');
  return there.length === 0 ? '' : `<div class="panels">${there.join('')}</div>`;
}

function thresholdPanel(card: ResultCard, verified: VerifiedRecord | undefined): string {
  const { target, poisonFraction } = card;
  if (target === null) return '';
  const scaled = (verified?.target?.scaled ?? []).map(({ scale, tau }) => ({ x: scale * target.scale, y: tau }));
  const title = 'tau against the poison fraction';
  const reachable = target.tau <= poisonFraction;
  const verdict = reachable
    ? `tau ${figure(target.tau)} is not above the fraction ${poisonFraction}: the target is not ruled out.`
    : `tau ${figure(target.tau)} is above the fraction ${poisonFraction}: no poison of this size reaches the target exactly.`;
  if (scaled.length < 2) {
    const bars: Bar[] = [
      { name: 'tau of the target', value: target.tau, text: figure(target.tau), kind: 'poison' },
      { name: 'poison fraction', value: poisonFraction, text: String(poisonFraction), kind: 'clean' },
    ];
    return panel(title, barChart(title, bars), verdict);
  }
  const first = scaled[0]?.x ?? 1;
  const last = scaled[scaled.length - 1]?.x ?? 1;
  const chart = lineChart({
    title,
    xLabel: 'scale of the target (its accuracy stays the same)',
    yLabel: 'tau',
    xLog: true,
    yDomain: [0, Math.max(...scaled.map(({ y }) => y), poisonFraction) * 1.06],
    at: { x: target.scale, text: 'the target' },
    series: [
      { name: 'tau', kind: 'poison', points: scaled, marks: true },
      {
        name: `poison fraction ${poisonFraction}`,
        kind: 'clean',
        dashed: true,
        points: [
          { x: first, y: poisonFraction },
          { x: last, y: poisonFraction },
        ],
      },
    ],
  });
  return panel(title, chart, verdict);
}

function residualPanel({ residual }: ResultCard): string {
  if (residual === null) return '';
  const bars: Bar[] = [
    { name: 'before crafting', value: residual.before, text: figure(residual.before), kind: 'soft' },
    { name: 'after crafting', value: residual.after, text: figure(residual.after), kind: 'poison' },
    ...(residual.lowerBound === null
      ? []
      : [
          {
            name: 'no poison below',
            value: residual.lowerBound,
            text: figure(residual.lowerBound),
            kind: 'clean' as const,
          },
        ]),
  ];
  const title = 'Gradient left at the target';
  return panel(
    title,
    barChart(title, bars, { log: true }),
    'The norm of g(mu; w) + eps_d g(nu; w): zero where the target is a stationary point of the poisoned loss. Logarithmic.',
  );
}

function rowNormPanel({ rowNorms }: ResultCard): string {
  if (rowNorms === null) return '';
  const bars: Bar[] = [
    { name: 'clean median', value: rowNorms.cleanMedian, text: figure(rowNorms.cleanMedian), kind: 'clean' },
    { name: 'poison median', value: rowNorms.median, text: figure(rowNorms.median), kind: 'poison' },
    { name: 'poison largest', value: rowNorms.max, text: figure(rowNorms.max), kind: 'poison' },
  ];
  const title = 'Norms of the rows';
  return panel(
    title,
    barChart(title, bars),
    'Euclidean, in model-input units: rows much longer than clean ones are easy to find.',
  );
}

function panel(title: string, chart: string, note: string): string {
  return `<div class="panel"><h3>${escape(title)}</h3>${chart}<p class="note" style="margin:10px 0 0">${escape(note)}</p></div>`;
}
