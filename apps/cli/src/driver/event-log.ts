/** events.jsonl: what happened and when, one JSON object a line, appended. Only times are read back. */
import { appendFileSync } from 'node:fs';
import { readIfThere } from './atomic-file';
import { onDisk } from './disk-error';

export interface GameEvent {
  readonly event: string;
  readonly [field: string]: string | number | boolean | null;
}

export interface EventLog {
  write(event: GameEvent): void;
  /** Seconds played so far, over all sittings. */
  seconds(): number;
}

/** Opens the log at `path` for a new sitting. */
export function openEventLog(path: string, now: () => number = Date.now): EventLog {
  const found = readIfThere(path)?.toString('utf8') ?? '';
  const before = secondsOf(found);
  // What a crash cut short stays a line of its own.
  let start = found === '' || found.endsWith('\n') ? '' : '\n';
  const started = now();
  const elapsed = () => (now() - started) / 1000;
  return {
    write(event) {
      const head = { at: new Date(now()).toISOString(), seconds: Number((before + elapsed()).toFixed(3)) };
      const line = `${start}${JSON.stringify({ ...head, ...event })}\n`;
      onDisk(path, () => appendFileSync(path, line));
      start = '';
    },
    seconds: () => before + elapsed(),
  };
}

/** A line cut short by a crash is passed over. */
function secondsOf(text: string): number {
  let latest = 0;
  for (const line of text.split('\n')) {
    try {
      const { seconds } = JSON.parse(line) as { seconds?: unknown };
      if (typeof seconds === 'number' && seconds > latest) latest = seconds;
    } catch {
      continue;
    }
  }
  return latest;
}
