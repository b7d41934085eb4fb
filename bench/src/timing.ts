/** Wall-clock times of repeated work, in milliseconds. */
export interface Timing {
  readonly best: number;
  readonly median: number;
  readonly rounds: number;
}

/** Time of one round: calls that together take at least this long, so that the clock and a switch of tasks do not show. */
const roundMs = 30;
const rounds = 15;
const warmUpCalls = 5;

/**
 * Times several ways of doing the same, in turns, so that whatever else the machine does meets all of them alike.
 * The median over rounds is the figure; the best says how quiet the machine was.
 */
export function timeInTurns<Name extends string>(work: Readonly<Record<Name, () => void>>): Record<Name, Timing> {
  const names = Object.keys(work) as Name[];
  const calls = new Map<Name, number>();
  const found = new Map<Name, number[]>(names.map((name) => [name, []]));
  for (const name of names) {
    for (let k = 0; k < warmUpCalls; k++) work[name]();
    calls.set(name, Math.max(1, Math.ceil(roundMs / timeOf(work[name], warmUpCalls))));
  }
  for (let round = 0; round < rounds; round++)
    for (const name of names) found.get(name)?.push(timeOf(work[name], calls.get(name) ?? 1));
  return Object.fromEntries(names.map((name) => [name, summarise(found.get(name) ?? [])])) as Record<Name, Timing>;
}

/** Best and median of some times. */
export function summarise(times: readonly number[]): Timing {
  const sorted = [...times].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median =
    sorted.length % 2 === 1
      ? (sorted[middle] as number)
      : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
  return { best: sorted[0] as number, median, rounds: sorted.length };
}

function timeOf(work: () => void, calls: number): number {
  const start = performance.now();
  for (let k = 0; k < calls; k++) work();
  return (performance.now() - start) / calls;
}
