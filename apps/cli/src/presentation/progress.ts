/** The reporter a user sees: a bar on a terminal, lines elsewhere. Always on standard error. */
import type { Reporter } from '../driver/reporter';
import { silentReporter } from '../driver/reporter';
import { duration, figure } from './figures';
import { remainingSeconds } from './remaining-time';

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
  let prefix = '';
  let last = 0;
  return {
    note: (line) => write(line),
    begin(label, position, of) {
      prefix = `[${String(position).padStart(String(of).length)}/${of}] ${label}`;
      last = now();
      write(prefix);
    },
    progress(fraction, metrics) {
      if (now() - last < secondsBetweenLines) return;
      last = now();
      write(`${prefix}: ${Math.floor(fraction * 100)}%${metricsText(metrics)}`);
    },
    end: () => {},
  };
}

function metricsText(metrics: Readonly<Record<string, number>>): string {
  return Object.entries(metrics)
    .slice(0, 3)
    .map(([name, value]) => `, ${name.replaceAll('_', ' ')} ${figure(value)}`)
    .join('');
}

function barReporter(stream: NodeJS.WriteStream): Reporter {
  // Loaded here: only a terminal needs it.
  const { SingleBar } = require('cli-progress') as typeof import('cli-progress');
  const bar = new SingleBar({
    format: ' {bar} {percentage}%  {position}  {label}  {left}',
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
  const finished: number[] = [];
  let started = performance.now();
  let [position, of, running] = [0, 0, false];
  let label = '';
  const update = (fraction: number): void => {
    const present = { seconds: (performance.now() - started) / 1000, fraction };
    const seconds = remainingSeconds({ finished, present, ahead: of - position });
    bar.update((position - 1 + fraction) / Math.max(1, of), {
      label: label.length > 60 ? `${label.slice(0, 59)}…` : label,
      position: `${position}/${of}`,
      left: seconds === undefined ? '' : `ETA ${duration(seconds)}`,
    });
  };
  return {
    note(line) {
      if (running) bar.stop();
      stream.write(`${line}\n`);
      if (running) bar.start(1, 0, { label, position: '', left: '' });
    },
    begin(next, at, total) {
      if (running) finished.push((performance.now() - started) / 1000);
      else bar.start(1, 0, { label: next, position: '', left: '' });
      [position, of, label, running] = [at, total, next, true];
      started = performance.now();
      update(0);
    },
    progress: (fraction) => update(Math.min(1, Math.max(0, fraction))),
    end() {
      if (running) bar.stop();
      running = false;
    },
  };
}
