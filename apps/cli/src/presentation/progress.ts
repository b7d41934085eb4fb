/** The reporter a user sees: a bar on a terminal, lines elsewhere. Always on standard error. */
import type { Reporter } from '../driver/reporter';
import { silentReporter } from '../driver/reporter';
import { duration, figure } from './figures';
import { remainingSeconds } from './remaining-time';
import { paceText } from '../tables/probe';

export interface ReporterOptions {
  readonly quiet: boolean;
  /** Standard output carries one JSON document: lines are left out, a bar on a terminal is not in the way. */
  readonly json: boolean;
  readonly stream?: NodeJS.WriteStream;
}

/** A bar on a terminal; lines elsewhere; nothing with `quiet`, and no lines with `json`. */
export function createReporter({ quiet, json, stream = process.stderr }: ReporterOptions): Reporter {
  if (quiet || (json && !stream.isTTY)) return silentReporter;
  return stream.isTTY ? barReporter(stream) : lineReporter((line) => stream.write(`${line}\n`));
}

const secondsBetweenLines = 10;

/** One line when a task begins, and one every ten seconds while it lasts. */
export function lineReporter(
  write: (line: string) => void,
  now: () => number = () => performance.now() / 1000,
): Reporter {
  const course = courseOf(now);
  let prefix = '';
  let last = 0;
  return {
    note: (line) => write(line),
    begin(label, position, of) {
      prefix = `[${String(position).padStart(String(of).length)}/${of}] ${label}`;
      last = now();
      course.begin(position, of);
      write(prefix);
    },
    progress(fraction, metrics) {
      if (now() - last < secondsBetweenLines) return;
      last = now();
      const parts = [
        `${Math.floor(fraction * 100)}%`,
        paceOf(metrics),
        etaText(course.left(fraction)),
        ...figuresOf(metrics),
      ];
      write(`${prefix}: ${parts.filter((part) => part !== '').join(', ')}`);
    },
    end: () => {},
  };
}

/** The first three figures. */
function figuresOf(metrics: Readonly<Record<string, number>>): string[] {
  return Object.entries(metrics)
    .filter(([name]) => name !== paceName)
    .slice(0, 3)
    .map(([name, value]) => `${name.replaceAll('_', ' ')} ${figure(value)}`);
}

/** The figure that every slice reports of its own speed. */
const paceName = 'steps_per_second';

function paceOf({ [paceName]: pace }: Readonly<Record<string, number>>): string {
  return pace === undefined || pace <= 0 ? '' : paceText(1 / pace);
}

const etaText = (seconds: number | undefined): string => (seconds === undefined ? '' : `ETA ${duration(seconds)}`);

/** The times of a series of tasks. */
function courseOf(now: () => number): {
  begin(position: number, of: number): void;
  /** Seconds until the end of the last task; undefined while there is nothing to judge by. */
  left(fraction: number): number | undefined;
} {
  const finished: number[] = [];
  let [started, ahead, begun] = [now(), 0, false];
  return {
    begin(position, of) {
      if (begun) finished.push(now() - started);
      [started, ahead, begun] = [now(), of - position, true];
    },
    left: (fraction) => remainingSeconds({ finished, present: { seconds: now() - started, fraction }, ahead }),
  };
}

function barReporter(stream: NodeJS.WriteStream): Reporter {
  // Loaded here: only a terminal needs it.
  const { SingleBar } = require('cli-progress') as typeof import('cli-progress');
  const bar = new SingleBar({
    format: ' {bar} {percentage}%  {position}  {label}  {pace}  {left}',
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 24,
    hideCursor: true,
    clearOnComplete: true,
    stopOnComplete: false,
    fps: 8,
    stream,
    forceRedraw: true,
    gracefulExit: false,
  });
  const course = courseOf(() => performance.now() / 1000);
  let [position, of, running] = [0, 0, false];
  let label = '';
  const update = (fraction: number, pace: string): void => {
    bar.update((position - 1 + fraction) / Math.max(1, of), {
      label: label.length > 60 ? `${label.slice(0, 59)}…` : label,
      position: `${position}/${of}`,
      pace,
      left: etaText(course.left(fraction)),
    });
  };
  return {
    note(line) {
      if (running) bar.stop();
      stream.write(`${line}\n`);
      if (running) bar.start(1, 0, { label, position: '', pace: '', left: '' });
    },
    begin(next, at, total) {
      if (!running) bar.start(1, 0, { label: next, position: '', pace: '', left: '' });
      [position, of, label, running] = [at, total, next, true];
      course.begin(at, total);
      update(0, '');
    },
    progress: (fraction, metrics) => update(Math.min(1, Math.max(0, fraction)), paceOf(metrics)),
    end() {
      if (running) bar.stop();
      running = false;
    },
  };
}
