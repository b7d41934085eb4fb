import { bound, table } from './report-table';
import { cores } from './sweep';
import type { SweepFigures, SweptPlan } from './sweep';

/** Sweeps as text. */
export function sweepText({ dataset, played, killed, dryRuns }: SweepFigures): string {
  const rows = played.map(({ games, wallSeconds, busy, driverMiB }, k) => {
    const half = played[k - 1]?.wallSeconds;
    return [
      String(games),
      `${wallSeconds.toFixed(1)} s`,
      half === undefined ? '' : (wallSeconds / half).toFixed(2),
      `${(100 * busy).toFixed(0)} %`,
      `${driverMiB.toFixed(0)} MiB`,
    ];
  });
  const [twelve, twentyFour, fortyEight] = played;
  const seconds = (plan: SweptPlan | undefined): number => plan?.wallSeconds ?? NaN;
  const firstDozen = seconds(twentyFour) - seconds(twelve);
  const secondTwo = seconds(fortyEight) - seconds(twentyFour);
  const startSeconds = seconds(twelve) - firstDozen;
  const [few, many] = dryRuns;
  const growth = (many?.driverMiB ?? 0) / (few?.driverMiB ?? 1);
  const held = (fortyEight?.driverMiB ?? 0) / (twelve?.driverMiB ?? 1);
  return [
    `sweeps of Gradient Canceling on ${dataset}, lr, ${cores} cores, start-up and end included`,
    table([['games', 'time', 'of half', 'cores busy', 'driver'], ...rows]),
    `  killed with ${killed.kept} of 24 games kept: ${killed.replayed} of them played again; the command after the last plays ${killed.again}`,
    `  a game: ${(firstDozen / 12).toFixed(2)} s; starting, reading data and compiling, once: ${startSeconds.toFixed(1)} s`,
    ...dryRuns.map(
      ({ games, seconds, driverMiB }) =>
        `  ${games} games listed: ${seconds.toFixed(1)} s, ${driverMiB.toFixed(0)} MiB`,
    ),
    bound('24 games keep both cores busy, > 85 %', (twentyFour?.busy ?? 0) > 0.85),
    bound('twice the games add twice the time, within 10 %', Math.abs(secondTwo / firstDozen - 2) <= 0.2),
    bound('nothing is played twice', killed.kept > 0 && killed.replayed === 0 && killed.again === 0),
    bound('the driver stays within 20 % of its memory', growth <= 1.2 && held <= 1.2),
  ].join('\n');
}
