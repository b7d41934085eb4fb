/** Pieces of reports. */

/** Whether a bound holds, as a line. */
export const bound = (what: string, holds: boolean): string => `  ${holds ? 'holds' : 'MISSED'}: ${what}`;

/** Cells in columns, the first to the left, the others to the right. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, k) => Math.max(...rows.map((row) => row[k]?.length ?? 0)));
  return rows
    .map((row) =>
      `  ${row.map((cell, k) => (k === 0 ? cell.padEnd(widths[k] ?? 0) : cell.padStart(widths[k] ?? 0))).join('  ')}`.trimEnd(),
    )
    .join('\n');
}
