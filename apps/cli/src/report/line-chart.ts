/** Curves with a band around each, as SVG. */
import { escape } from './html';
import { linearScale, logScale, niceTicks, decades, tickText } from './scales';
import type { Scale } from './scales';

export interface Series {
  readonly name: string;
  readonly kind: 'clean' | 'poison' | 'paper';
  readonly dashed?: boolean;
  readonly points: readonly { readonly x: number; readonly y: number; readonly low?: number; readonly high?: number }[];
  /** Draw a mark at every point. */
  readonly marks?: boolean;
}

export interface LineChart {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly series: readonly Series[];
  readonly yDomain?: readonly [number, number];
  readonly xLog?: boolean;
  /** Named vertical position. */
  readonly at?: { readonly x: number; readonly text: string };
}

const width = 520;
const height = 300;
const box = { left: 54, right: 14, top: 14, bottom: 44 };

/** The chart with axes, ticks and labels; legend below. */
export function lineChart(chart: LineChart): string {
  const xs = chart.series.flatMap(({ points }) => points.map(({ x }) => x));
  const ys = chart.series.flatMap(({ points }) => points.flatMap(({ y, low = y, high = y }) => [y, low, high]));
  const [xLow, xHigh] = extent(xs);
  const [yLow, yHigh] = chart.yDomain ?? padded(extent(ys));
  const xRange = [box.left, width - box.right] as const;
  const xTicks =
    chart.xLog === true ? decades(xLow, xHigh).filter((x) => x >= xLow && x <= xHigh) : niceTicks(xLow, xHigh, 6);
  const x = chart.xLog === true ? logScale([xLow, xHigh], xRange) : linearScale([xLow, xHigh], xRange);
  const y = linearScale([yLow, yHigh], [height - box.bottom, box.top]);
  const body = [
    ...niceTicks(yLow, yHigh).map((tick) => gridLine(y(tick), tickText(tick))),
    ...xTicks.map((tick) => xTick(x(tick), tickText(tick))),
    axes(chart),
    ...(chart.at === undefined ? [] : [marker(x(chart.at.x), chart.at.text)]),
    ...chart.series.map((series) => drawn(series, x, y)),
  ];
  return (
    `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escape(chart.title)}">${body.join('')}</svg>` +
    legend(chart.series)
  );
}

function drawn({ kind, dashed, points, marks }: Series, x: Scale, y: Scale): string {
  const at = (px: number, py: number): string => `${x(px).toFixed(1)},${y(py).toFixed(1)}`;
  const upper = points.map((point) => at(point.x, point.high ?? point.y));
  const lower = points.map((point) => at(point.x, point.low ?? point.y)).reverse();
  const banded = points.some(({ low, high }) => low !== high);
  const band = banded ? `<polygon class="band ${kind}-fill" points="${[...upper, ...lower].join(' ')}"/>` : '';
  const line = `<polyline class="line ${kind}${dashed === true ? ' dash' : ''}" points="${points.map((point) => at(point.x, point.y)).join(' ')}"/>`;
  const dots =
    marks === true
      ? points.map(
          (point) =>
            `<circle class="${kind}-fill" cx="${x(point.x).toFixed(1)}" cy="${y(point.y).toFixed(1)}" r="3.5"><title>${tickText(point.x)}: ${tickText(point.y)}</title></circle>`,
        )
      : [];
  return band + line + dots.join('');
}

function gridLine(y: number, text: string): string {
  return (
    `<line class="grid" x1="${box.left}" x2="${width - box.right}" y1="${y.toFixed(1)}" y2="${y.toFixed(1)}"/>` +
    `<text x="${box.left - 8}" y="${(y + 4).toFixed(1)}" text-anchor="end">${text}</text>`
  );
}

function xTick(x: number, text: string): string {
  const bottom = height - box.bottom;
  return (
    `<line class="axis" x1="${x.toFixed(1)}" x2="${x.toFixed(1)}" y1="${bottom}" y2="${bottom + 5}"/>` +
    `<text x="${x.toFixed(1)}" y="${bottom + 19}" text-anchor="middle">${text}</text>`
  );
}

function axes({ xLabel, yLabel }: LineChart): string {
  const bottom = height - box.bottom;
  const middle = (box.top + bottom) / 2;
  return (
    `<line class="axis" x1="${box.left}" x2="${width - box.right}" y1="${bottom}" y2="${bottom}"/>` +
    `<text x="${(box.left + width - box.right) / 2}" y="${height - 6}" text-anchor="middle">${escape(xLabel)}</text>` +
    `<text transform="translate(14 ${middle}) rotate(-90)" text-anchor="middle">${escape(yLabel)}</text>`
  );
}

function marker(x: number, text: string): string {
  return (
    `<line class="axis dash" x1="${x.toFixed(1)}" x2="${x.toFixed(1)}" y1="${box.top}" y2="${height - box.bottom}"/>` +
    `<text x="${(x + 6).toFixed(1)}" y="${box.top + 12}">${escape(text)}</text>`
  );
}

function legend(series: readonly Pick<Series, 'name' | 'kind' | 'dashed'>[]): string {
  const items = series.map(
    ({ name, kind, dashed }) =>
      `<span><i${dashed === true ? ' class="dash"' : ''} style="color:var(--${kind})"></i>${escape(name)}</span>`,
  );
  return `<div class="legend">${items.join('')}</div>`;
}

function extent(values: readonly number[]): [number, number] {
  return values.length === 0 ? [0, 1] : [Math.min(...values), Math.max(...values)];
}

function padded([low, high]: readonly [number, number]): [number, number] {
  const room = (high - low || Math.abs(high) || 1) * 0.06;
  return [low >= 0 && low - room < 0 ? 0 : low - room, high + room];
}
