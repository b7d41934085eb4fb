/** How a sweep in a cluster goes: a table that stays in its place on a terminal, lines elsewhere. Always on standard error. */
import { duration } from './figures';
import { textTable } from './table';

export interface SweepProgress {
  /** A line that stays. */
  note(line: string): void;
  played(line: string): void;
  failed(): void;
  /** Pods that play, and pods that wait. */
  pods(playing: number, waiting: number): void;
  end(): void;
}

interface View {
  readonly quiet?: boolean;
  /** Standard output carries one JSON document: lines are left out. */
  readonly json?: boolean;
  readonly stream?: Pick<NodeJS.WriteStream, 'isTTY' | 'write'>;
}

const up = (lines: number): string => `\u001b[${lines}A\u001b[J`;
const columns = ['to play', 'played', 'playing', 'waiting', 'failed', 'left'].map((title) => ({
  title,
  align: 'right' as const,
}));

/** Follows a sweep of `total` games. */
export function createSweepProgress(
  { quiet = false, json = false, stream = process.stderr }: View,
  total: number,
  now: () => number = () => performance.now() / 1000,
): SweepProgress {
  const silent = quiet || (json && !stream.isTTY);
  const drawn = stream.isTTY && !silent;
  const begun = now();
  let [played, failed, playing, waiting, lines] = [0, 0, 0, 0, 0];

  const left = (): string => {
    const done = played + failed;
    return done === 0 || done >= total ? '' : duration(((now() - begun) / done) * (total - done));
  };
  function erase(): void {
    if (lines > 0) stream.write(up(lines));
    lines = 0;
  }
  function draw(): void {
    if (!drawn) return;
    erase();
    const figures = [total - played - failed, played, playing, waiting, failed].map(String);
    const text = `${textTable(columns, [[...figures, left()]])}\n`;
    stream.write(text);
    lines = text.split('\n').length - 1;
  }
  function say(line: string): void {
    if (silent) return;
    erase();
    stream.write(`${line}\n`);
    draw();
  }
  const counted = (line: string): string => {
    const rest = left();
    const position = `${String(played + failed).padStart(String(total).length)}/${total}`;
    const pods = `${playing} playing, ${waiting} waiting${failed === 0 ? '' : `, ${failed} failed`}`;
    return `[${position}] ${line}; ${pods}${rest === '' ? '' : `, about ${rest} left`}`;
  };
  return {
    note: say,
    played(line) {
      played += 1;
      say(drawn ? line : counted(line));
    },
    failed() {
      failed += 1;
      // What failed is written next, below what stands.
      erase();
    },
    pods(nowPlaying, nowWaiting) {
      [playing, waiting] = [nowPlaying, nowWaiting];
      draw();
    },
    end: erase,
  };
}
