/** Which games of a plan are still to be played. */
import type { SweepPlan } from './plan-file';
import { isSwept } from './sweep-store';

/** Games that nobody has played, found as they are asked for. */
export function* missingGames(plan: SweepPlan, runsDir: string): Generator<number, void, undefined> {
  for (let index = 0; index < plan.count; index++) if (!isSwept(runsDir, plan.gameAt(index).digest)) yield index;
}
