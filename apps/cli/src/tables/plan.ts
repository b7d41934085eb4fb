/** What `theriac table --plan` says of each cell: whether it is measured, and how long it would take. */
import { duration } from '../presentation/figures';
import { textTable, wrapped } from '../presentation/table';
import type { CellState } from './cell-state';
import { outcomeOf } from './outcome';
import { paceText } from './probe';

/** Seconds that a cell is expected to take: as long as it took, or as its probe says; undefined where nobody knows. */
export function expectedSeconds({ measured, probed }: CellState): number | undefined {
  if (measured !== undefined) return outcomeOf(measured).totalSeconds;
  return probed?.probe.projectedSeconds ?? undefined;
}

/** One line per cell. */
export function planText(states: readonly CellState[]): string {
  const right = { align: 'right' as const };
  const rows = states.map((state) => {
    const { cell, prepared, from, reason } = state;
    const seconds = expectedSeconds(state);
    return [
      cell.id,
      prepared?.work.kind ?? '-',
      prepared?.question.slice(0, 12) ?? '-',
      from === undefined ? (reason === undefined ? 'no' : 'cannot be played') : `yes (${from})`,
      seconds === undefined ? 'unknown' : duration(seconds),
      probePace(state),
    ];
  });
  const columns = [
    { title: 'cell' },
    { title: 'kind' },
    { title: 'manifest' },
    { title: 'measured' },
    { title: 'time', ...right },
    { title: 'pace' },
  ];
  const missing = states.filter(({ measured }) => measured === undefined);
  const known = missing.flatMap((state) => expectedSeconds(state) ?? []);
  const sum = known.reduce((total, seconds) => total + seconds, 0);
  const unknown = missing.length - known.length;
  return [
    textTable(columns, rows),
    '',
    `${states.length - missing.length} of ${states.length} cells measured; for the others ${known.length === 0 ? 'no time is known' : duration(sum)}${unknown > 0 && known.length > 0 ? ` and ${unknown} unknown` : ''}${unknown > 0 ? ' (--probe 10 finds out)' : ''}.`,
    ...states.flatMap(({ cell, reason }) =>
      reason === undefined ? [] : [wrapped(`! ${cell.id}: ${reason}`, 110, '  ')],
    ),
    '',
  ].join('\n');
}

function probePace({ probed }: CellState): string {
  if (probed === undefined) return '';
  return probed.probe.phases
    .map(({ label, steps, secondsPerStep }) => `${label} ${paceText(secondsPerStep)} of ${steps}`)
    .join('; ');
}
