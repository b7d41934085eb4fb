/** A confusion matrix as SVG: rows are true classes, columns predicted ones, shade is the share of the row. */
import { escape } from './html';

/** Right answers in one colour, wrong ones in another. */
export function confusionChart(
  title: string,
  counts: readonly (readonly number[])[],
  classNames: readonly string[],
): string {
  const classes = counts.length;
  const cell = 40;
  const [left, top] = [64, 46];
  const size = { width: left + classes * cell + 8, height: top + classes * cell + 8 };
  const name = (index: number): string => escape((classNames[index] ?? String(index)).slice(0, 6));
  const cells = counts.flatMap((row, truth) => {
    const sum = row.reduce((total, count) => total + count, 0) || 1;
    return row.map((count, predicted) => {
      const share = count / sum;
      const colour = truth === predicted ? 'var(--heat)' : 'var(--fault)';
      const [x, y] = [left + predicted * cell, top + truth * cell];
      const text =
        count === 0
          ? ''
          : `<text class="${share > 0.5 ? 'strong' : ''}" x="${x + cell / 2}" y="${y + cell / 2 + 4}" text-anchor="middle">${count}</text>`;
      return `<g><title>true ${name(truth)}, predicted ${name(predicted)}: ${count} (${(share * 100).toFixed(1)}%)</title><rect x="${x + 1}" y="${y + 1}" width="${cell - 2}" height="${cell - 2}" rx="2" style="fill:rgba(${colour}, ${(0.06 + 0.74 * share).toFixed(3)})"/>${text}</g>`;
    });
  });
  const heads = counts.flatMap((_, index) => [
    `<text x="${left + (index + 0.5) * cell}" y="${top - 8}" text-anchor="middle">${name(index)}</text>`,
    `<text x="${left - 8}" y="${top + (index + 0.5) * cell + 4}" text-anchor="end">${name(index)}</text>`,
  ]);
  const middle = { x: left + (classes * cell) / 2, y: top + (classes * cell) / 2 };
  const labels =
    `<text x="${middle.x}" y="14" text-anchor="middle">predicted</text>` +
    `<text transform="translate(14 ${middle.y}) rotate(-90)" text-anchor="middle">true class</text>`;
  return `<svg viewBox="0 0 ${size.width} ${size.height}" role="img" aria-label="${escape(title)}">${labels}${heads.join('')}${cells.join('')}</svg>`;
}
