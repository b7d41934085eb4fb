/** How long a series of tasks will still take, judged by those that are done. */

export interface Course {
  /** Seconds of each task that is done. */
  readonly finished: readonly number[];
  /** Seconds of the present task so far, and the share of it that is done. */
  readonly present: { readonly seconds: number; readonly fraction: number };
  /** Tasks after the present one. */
  readonly ahead: number;
}

/** Seconds; undefined while there is nothing to judge by. Tasks that took next to no time were read, not played. */
export function remainingSeconds({ finished, present, ahead }: Course): number | undefined {
  const played = finished.filter((seconds) => seconds > 0.05);
  const mean = played.length === 0 ? undefined : played.reduce((sum, seconds) => sum + seconds, 0) / played.length;
  const { seconds, fraction } = present;
  const whole = fraction > 0.02 ? seconds / fraction : mean === undefined ? undefined : Math.max(mean, seconds);
  if (whole === undefined) return undefined;
  return Math.max(0, whole - seconds) + ahead * (mean ?? whole);
}
