/** Accuracy against epochs, clean and poisoned, one chart per protocol: mean over the seeds, band from worst to best. */
import type { FinishedTraining } from '../driver/records';
import { defenderTasks } from '../driver/table-of-work';
import type { FinishedGame } from '../driver/card-assembly';
import { escape } from './html';
import { lineChart } from './line-chart';
import type { Series } from './line-chart';

export interface CurvePoint {
  readonly x: number;
  readonly y: number;
  readonly low: number;
  readonly high: number;
}

/** Mean, lowest and highest value per epoch over runs; `last` says which epoch the last value belongs to. */
export function curveOf(curves: readonly (readonly number[])[], last?: number): CurvePoint[] {
  const length = Math.min(...curves.map((curve) => curve.length));
  if (curves.length === 0 || !Number.isFinite(length)) return [];
  const end = last ?? length;
  return Array.from({ length }, (_, index) => {
    const values = curves.map((curve) => curve[curve.length - length + index] ?? 0);
    return {
      x: end - length + index + 1,
      y: values.reduce((sum, value) => sum + value, 0) / values.length,
      low: Math.min(...values),
      high: Math.max(...values),
    };
  });
}

/** The charts; protocols without epochs have none. */
export function curvePanels({ manifest, trainings }: FinishedGame): string {
  const curves = (protocol: string, poisoned: boolean): (readonly number[])[] =>
    defenderTasks({ ...manifest, protocols: [protocol] }, poisoned).flatMap(({ key }) =>
      accuraciesOf(trainings.get(key)),
    );
  const panels = manifest.protocols.flatMap((protocol) => {
    const clean = curveOf(curves(protocol, false));
    const poisoned = manifest.attack === null ? [] : curveOf(curves(protocol, true));
    if (Math.max(clean.length, poisoned.length) < 2) return [];
    const series: Series[] = [
      ...(clean.length === 0 ? [] : [{ name: 'clean training data', kind: 'clean' as const, points: clean }]),
      ...(poisoned.length === 0 ? [] : [{ name: 'poisoned training data', kind: 'poison' as const, points: poisoned }]),
    ];
    const title = `Test accuracy against epochs, ${protocol}`;
    const chart = lineChart({ title, xLabel: 'epoch', yLabel: 'test accuracy, %', series, yDomain: [0, 100] });
    return [`<div class="panel"><h3>${escape(protocol)}</h3>${chart}</div>`];
  });
  return panels.length === 0 ? '' : `<div class="panels">${panels.join('')}</div>`;
}

function accuraciesOf(run: FinishedTraining | undefined): (readonly number[])[] {
  return run?.status === 'scored' ? [run.scores.accuracies] : [];
}
