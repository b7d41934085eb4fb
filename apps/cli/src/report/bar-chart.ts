/** Horizontal bars with a name before and a figure behind each, as SVG. */
import { escape } from './html';
import { linearScale, logScale } from './scales';

export interface Bar {
  readonly name: string;
  readonly value: number;
  readonly text: string;
  readonly kind: 'clean' | 'poison' | 'paper' | 'soft';
  /** Half-length of a whisker around the end of the bar. */
  readonly spread?: number;
}

const width = 520;
const rowHeight = 30;
const nameWidth = 170;
const figureWidth = 104;

/** Bars from zero; with `log` over decades, from below the smallest. Values that cannot be drawn have no bar, only their text. */
export function barChart(title: string, bars: readonly Bar[], options: { log?: boolean } = {}): string {
  const height = bars.length * rowHeight + 6;
  const [left, right] = [nameWidth, width - figureWidth];
  const lengths = bars.map(({ value, spread = 0 }) => value + spread).filter((value) => value > 0);
  const highest = Math.max(...lengths, Number.MIN_VALUE);
  const lowest = Math.min(...bars.map(({ value }) => value).filter((value) => value > 0), highest);
  const scale =
    options.log === true
      ? logScale([lowest / 10, highest], [left, right])
      : linearScale(
          [Math.min(0, ...bars.map(({ value }) => value)), lengths.length === 0 ? 1 : highest],
          [left, right],
        );
  const zero = options.log === true ? left : scale(0);
  const rows = bars.map((bar, index) => {
    const y = index * rowHeight + 6;
    const end = options.log === true && bar.value <= 0 ? zero : scale(bar.value);
    const start = Math.min(zero, end);
    const length = Math.max(1, Math.abs(end - zero));
    const whisker = bar.spread === undefined || bar.spread === 0 || options.log === true ? '' : whiskerAt(bar, y);
    return (
      `<text class="strong" x="${left - 10}" y="${y + 16}" text-anchor="end">${escape(bar.name)}</text>` +
      `<rect class="${bar.kind}-fill" x="${start.toFixed(1)}" y="${y + 3}" width="${length.toFixed(1)}" height="18" rx="2"/>` +
      whisker +
      `<text x="${right + 10}" y="${y + 16}">${escape(bar.text)}</text>`
    );
  });
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escape(title)}">${rows.join('')}</svg>`;

  function whiskerAt({ value, spread = 0 }: Bar, y: number): string {
    const [from, to] = [scale(value - spread), scale(value + spread)];
    return `<line class="axis" x1="${from.toFixed(1)}" x2="${to.toFixed(1)}" y1="${y + 12}" y2="${y + 12}"/>`;
  }
}
