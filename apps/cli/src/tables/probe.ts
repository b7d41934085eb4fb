/** What a cell would take: the pace of each kind of work it consists of, and the time that follows. */

export interface Phase {
  /** For example "train: p-tgda" or "craft: tgda". */
  readonly label: string;
  /** Steps of one such work. */
  readonly steps: number;
  /** Seconds of one step; null where none was finished within the time given. */
  readonly secondsPerStep: number | null;
  /** How often the cell does it; poisoned training counts for its additional rows. */
  readonly times: number;
  /** Why there is no pace. */
  readonly reason?: string;
}

export interface Probe {
  readonly phases: readonly Phase[];
  /** Seconds of the whole cell; null where the pace of a phase is not known. */
  readonly projectedSeconds: number | null;
}

/** The probe of these phases. */
export function probeOf(phases: readonly Phase[]): Probe {
  let total: number | null = 0;
  for (const { steps, secondsPerStep, times } of phases)
    total = total === null || secondsPerStep === null ? null : total + steps * secondsPerStep * times;
  return { phases, projectedSeconds: total };
}

/** "12.5 steps/s", "40 s a step". */
export function paceText(secondsPerStep: number | null): string {
  if (secondsPerStep === null) return 'no step';
  const perSecond = 1 / Math.max(secondsPerStep, 1e-9);
  return perSecond >= 0.1 ? `${Number(perSecond.toPrecision(3))} steps/s` : `${secondsPerStep.toFixed(1)} s a step`;
}
