/** What stands in the cells of a rendered table: the lecture's figure, the measured one, and marks that the legend explains. */
import type { Spread } from '@theriac/game';
import { nothingLeftOut } from '../presentation/card-text';
import { duration, figure, percent } from '../presentation/figures';
import type { CellSettings, ProfileName } from './cell-file';
import type { CellState } from './cell-state';
import { lectureFigure, verdictOf } from './lecture';
import type { LectureFigure, Verdict } from './lecture';
import { outcomeOf } from './outcome';
import type { Outcome } from './outcome';
import type { Table } from './table-folder';

export interface Entry {
  readonly state: CellState;
  readonly settings: CellSettings;
  readonly lecture: LectureFigure | undefined;
  readonly lectureText: string;
  readonly outcome: Outcome | undefined;
  readonly text: string;
  readonly verdict: Verdict | undefined;
  readonly flagged: boolean;
}

/** The entry of every cell of a table. */
export function entriesOf(table: Table, profile: ProfileName, states: readonly CellState[]): Entry[] {
  return states.map((state) => {
    const settings = state.cell.profiles[profile];
    const lecture = lectureFigure(table, settings);
    const outcome = state.measured === undefined ? undefined : outcomeOf(state.measured);
    const verdict = table.reports === 'tau' ? undefined : verdictOf(lecture, outcome);
    return {
      state,
      settings,
      lecture,
      lectureText: lecture === undefined ? '' : lectureText(table, settings, lecture),
      outcome,
      text: outcome === undefined ? missingText(state) : outcomeText(table, outcome),
      verdict,
      flagged: (outcome?.flags.length ?? 0) > 0,
    };
  });
}

/** What the bars and the plot of a table are of: the first signal's success, or the drop. */
export function shownSpread({ reports }: Pick<Table, 'reports'>, outcome: Outcome | undefined): Spread | undefined {
  const [main] = outcome?.lines ?? [];
  return reports === 'success' ? main?.success[0] : main?.drop;
}

function missingText({ failed, probed }: CellState): string {
  if (failed) return 'failed';
  const seconds = probed?.probe.projectedSeconds;
  return seconds === undefined || seconds === null ? 'not measured' : `not measured (${duration(seconds)} projected)`;
}

function lectureText({ reports }: Table, settings: CellSettings, lecture: LectureFigure): string {
  const { accuracy, drop, deviation, tau, distance, hours } = lecture;
  const plain = settings.kind === 'game' && settings.attack === undefined;
  if (reports === 'tau') return tau === undefined ? '' : figure(tau);
  if (plain) return percent(accuracy);
  const lost = `${percent(drop)}${deviation === undefined ? '' : ` ±${percent(deviation)}`}`;
  const additions = [
    ...(tau === undefined ? [] : [`tau ${figure(tau)}`]),
    ...(distance === undefined ? [] : [`eps_w ${figure(distance)}`]),
    ...(hours === undefined ? [] : [`${hours} h`]),
  ];
  return `${reports === 'drop' ? lost : `${percent(accuracy)} / ${lost}`}${bracketed(additions)}`;
}

function outcomeText({ reports, page }: Table, { lines: [main], tau, totalSeconds }: Outcome): string {
  if (main === undefined) return '';
  if (reports === 'tau') return figure(tau);
  if (reports === 'success') return main.success.map(withDeviation).join(' | ');
  if (main.drop === undefined) return withDeviation(main.clean);
  if (main.drop.mean === null) return 'diverged';
  const additions = [
    ...(main.distance === undefined || page !== 10 ? [] : [`eps_w ${figure(main.distance.mean)}`]),
    ...(page === 15 && main.repetitions > 0 && tau !== undefined ? [`tau ${figure(tau)}`] : []),
    ...(main.removed === undefined || nothingLeftOut(main.removed)
      ? []
      : [`recall ${percent(main.removed.recall.mean)}%`]),
    ...(main.collapsed === undefined ? [] : [main.collapsed]),
    ...(page === 9 ? [duration(totalSeconds)] : []),
  ];
  const lost = withDeviation(main.drop);
  return `${reports === 'drop' ? lost : `${percent(main.accuracy.mean)} / ${lost}`}${bracketed(additions)}`;
}

/** "1.40 ±0.06"; without a deviation where there is but one value. */
export function withDeviation({ mean, sd }: Spread): string {
  if (mean === null) return 'diverged';
  return sd === null ? percent(mean) : `${percent(mean)} ±${percent(sd)}`;
}

const bracketed = (words: readonly string[]): string => (words.length === 0 ? '' : ` (${words.join(', ')})`);
