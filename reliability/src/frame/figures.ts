/** A figure of an experiment: what, found, and where one was promised, the promise and whether it held. */
export interface Figure {
  readonly what: string;
  readonly found: string;
  readonly promised?: string;
  readonly held?: boolean;
}

/** Prints figures as a table; true when every promise among them held. */
export function printFigures(figures: readonly Figure[]): boolean {
  process.stdout.write(`${figuresText(figures)}\n`);
  return figures.every(({ held }) => held !== false);
}

/** Columns: what, found, promised, verdict. */
function figuresText(figures: readonly Figure[]): string {
  const rows = figures.map(({ what, found, promised = '', held }) => [
    what,
    found,
    promised,
    held === undefined ? '' : held ? 'holds' : 'MISSED',
  ]);
  const widths = [0, 1, 2, 3].map((k) => Math.max(...rows.map((row) => row[k]?.length ?? 0)));
  return rows.map((row) => `  ${row.map((cell, k) => cell.padEnd(widths[k] ?? 0)).join('  ')}`.trimEnd()).join('\n');
}
