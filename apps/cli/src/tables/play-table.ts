/** The cells of a table, one after another: a cell that fails is noted and the next one played. */
import { TheriacError } from '@theriac/tensors';
import type { Reporter } from '../driver/reporter';
import { duration } from '../presentation/figures';
import { remainingSeconds } from '../presentation/remaining-time';
import type { CellState } from './cell-state';

export interface CellTask {
  readonly id: string;
  /** Seconds it is expected to take; undefined where nobody knows. */
  readonly expectedSeconds: number | undefined;
  /** Plays it. */
  play(reporter: Reporter): Promise<Partial<CellState>>;
}

/** What ends the playing of tasks before the last one. */
export interface Stops {
  /** Whether this error is about all cells: the user's interruption. */
  ends(error: unknown): boolean;
  /** Whether the services have gone, so that the next cells need new ones. */
  gone(): boolean;
}

/**
 * Plays the tasks in order and calls `settle` with what each came to; gives those that are left when the services have gone.
 * Throws only what ends everything.
 */
export async function playTasks(
  tasks: readonly CellTask[],
  reporter: Reporter,
  settle: (id: string, outcome: Partial<CellState>) => void,
  stops: Stops,
  numbered: { readonly before: number; readonly of: number } = { before: 0, of: tasks.length },
): Promise<readonly CellTask[]> {
  const finished: number[] = [];
  for (const [index, task] of tasks.entries()) {
    const started = performance.now();
    const place = `cell ${numbered.before + index + 1} of ${numbered.of}: ${task.id}`;
    reporter.note(`${place}${leftText(tasks.slice(index), finished)}`);
    try {
      settle(task.id, await task.play(within(place, reporter)));
    } catch (error) {
      if (stops.ends(error)) throw error;
      const reason = lineOf(error);
      reporter.note(`${place} failed: ${reason}`);
      settle(task.id, { failed: true, reason });
    }
    finished.push((performance.now() - started) / 1000);
    if (stops.gone()) return tasks.slice(index + 1);
  }
  return [];
}

/** Seconds that these tasks will take, by what is known of them and by those that are done. */
export function secondsLeft(tasks: readonly CellTask[], finished: readonly number[]): number | undefined {
  const known = tasks.flatMap(({ expectedSeconds }) => (expectedSeconds === undefined ? [] : [expectedSeconds]));
  const unknown = tasks.length - known.length;
  const sum = known.reduce((total, seconds) => total + seconds, 0);
  if (unknown === 0) return sum;
  const others = remainingSeconds({ finished, present: { seconds: 0, fraction: 0 }, ahead: unknown - 1 });
  return others === undefined ? undefined : sum + others;
}

function leftText(tasks: readonly CellTask[], finished: readonly number[]): string {
  const seconds = secondsLeft(tasks, finished);
  return seconds === undefined ? '' : ` (about ${duration(seconds)} left)`;
}

function within(place: string, reporter: Reporter): Reporter {
  return { ...reporter, begin: (label, position, of) => reporter.begin(`${place}, ${label}`, position, of) };
}

/** What went wrong, in one line. */
function lineOf(error: unknown): string {
  const text = error instanceof TheriacError || error instanceof Error ? error.message : String(error);
  return text.replace(/\s+/g, ' ').trim();
}
