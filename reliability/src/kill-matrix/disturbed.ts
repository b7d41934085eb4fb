/** One game, disturbed once at a point in time, and what came of it. */
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Role } from '../frame/service-process';
import { commandOf, differences, eventsOf, play, resultsOf, runIn } from './game';
import type { Attack, Played, RunEvent } from './game';

export type Victim = Role | 'driver';

export interface Disturbance {
  readonly victim: Victim;
  readonly signal: 'SIGKILL' | 'SIGSTOP';
  readonly attack: Attack;
  /** Where in the game, 0 to 1 of its undisturbed time. */
  readonly point: number;
}

export interface Outcome extends Disturbance {
  /** What went wrong; undefined: the bytes are those of the undisturbed game. */
  readonly fault: string | undefined;
  /** Seconds until the loss was noticed, where the service was needed or from when on it was. */
  readonly detected: number | undefined;
  /** Seconds until the game went on, likewise. */
  readonly recovered: number | undefined;
}

/** The undisturbed game. */
export interface Reference {
  readonly results: ReadonlyMap<string, string>;
  /** From the start of the driver to its end. */
  readonly seconds: number;
}

/** Plays a game and disturbs it. A driver that was killed is started again. */
export async function playDisturbed(
  disturbance: Disturbance,
  reference: Reference,
  runs: string,
  trainLimit: number,
): Promise<Outcome> {
  const { victim, signal, attack, point } = disturbance;
  const command = commandOf(attack, trainLimit);
  const first = play(command, runs);
  const at = await disturb(first, victim, signal, point * reference.seconds);
  let code = await first.exit;
  let said = first.said();
  let again: number | undefined;
  if (victim === 'driver' && code === 'SIGKILL') {
    again = Date.now();
    const run = runIn(runs);
    const second = play(run === undefined ? command : ['resume', basename(run)], runs);
    code = await second.exit;
    said = second.said();
  }
  const run = runIn(runs);
  if (code !== 0 || run === undefined)
    return {
      ...disturbance,
      fault: `ended with ${code}: ${said.slice(-600)}`,
      detected: undefined,
      recovered: undefined,
    };
  const differing = differences(reference.results, resultsOf(run));
  const fault = differing.length === 0 ? undefined : `other bytes: ${differing.join(', ')}`;
  const events = eventsOf(run);
  return {
    ...disturbance,
    fault,
    ...(again === undefined ? timesOf(events, victim, at) : sinceRestart(events, again)),
  };
}

/** Sends the signal after so many seconds, or as soon as the process is there; when it did, in milliseconds. */
async function disturb(game: Played, victim: Victim, signal: NodeJS.Signals, seconds: number): Promise<number> {
  const over = game.exit.then(() => true);
  await Promise.race([over, sleep(seconds * 1000)]);
  for (;;) {
    const pid = victim === 'driver' ? game.child.pid : game.serviceOf(victim);
    const running = game.child.exitCode === null && game.child.signalCode === null;
    if (!running) return Date.now();
    if (pid !== undefined) {
      process.kill(pid, signal);
      return Date.now();
    }
    await Promise.race([over, sleep(20)]);
  }
}

/** A service that was not needed is missed when it is: at the end of what was done before. */
function timesOf(events: readonly RunEvent[], victim: Victim, at: number): Pick<Outcome, 'detected' | 'recovered'> {
  const lost = events.findIndex((each) => each.event === 'lost' && each.at >= at);
  const found = events.findIndex((each, k) => k > lost && each.event === 'recovered' && each.role === victim);
  const [noticed, before, again] = [events[lost], events[lost - 1], events[found]];
  if (noticed === undefined || again === undefined) return { detected: undefined, recovered: undefined };
  const needed = Math.max(at, before?.at ?? 0);
  return { detected: (noticed.at - needed) / 1000, recovered: (again.at - needed) / 1000 };
}

/** A driver goes on when it has the run in its hands. */
function sinceRestart(events: readonly RunEvent[], again: number): Pick<Outcome, 'detected' | 'recovered'> {
  const begun = events.find((each) => each.event === 'begin' && each.at >= again);
  return { detected: undefined, recovered: begun === undefined ? undefined : (begun.at - again) / 1000 };
}
