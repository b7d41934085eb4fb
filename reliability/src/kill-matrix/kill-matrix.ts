import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomStream, TheriacError } from '@theriac/tensors';
import type { Experiment } from '../frame/experiment';
import { printFigures } from '../frame/figures';
import type { Figure } from '../frame/figures';
import { readNumbers } from '../frame/options';
import { playDisturbed } from './disturbed';
import type { Disturbance, Outcome, Reference, Victim } from './disturbed';
import { attacks, commandOf, play, resultsOf, runIn } from './game';
import type { Attack } from './game';

const victims: readonly Victim[] = ['driver', 'trainer', 'attacker', 'evaluator'];

/** Games whose driver or services are killed or frozen at random points must end in the same bytes. */
export const killMatrix: Experiment = {
  id: 'kill-matrix',
  summary: 'SIGKILL of driver and services at --points 50 each, SIGSTOP of services at --stops 5 each: the same bytes',
  async run(args) {
    const asked = readNumbers(args, { points: 50, stops: 5, seed: 0, 'train-limit': 1000, roles: 4, attacks: 2 });
    const { seed, points, stops, 'train-limit': trainLimit } = asked;
    const used = attacks.slice(0, asked.attacks);
    const folder = mkdtempSync(join(tmpdir(), 'theriac-kill-matrix-'));
    try {
      const references = new Map<Attack, Reference>();
      for (const attack of used) references.set(attack, await undisturbed(attack, join(folder, attack), trainLimit));
      const outcomes: Outcome[] = [];
      for (const disturbance of disturbances(victims.slice(0, asked.roles), used, points, stops, seed)) {
        const runs = join(folder, `game-${outcomes.length}`);
        const reference = references.get(disturbance.attack) as Reference;
        const outcome = await playDisturbed(disturbance, reference, runs, trainLimit);
        outcomes.push(outcome);
        process.stdout.write(`${lineOf(outcome)}\n`);
        if (outcome.fault === undefined) rmSync(runs, { recursive: true, force: true });
      }
      return printFigures(figuresOf(outcomes));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

async function undisturbed(attack: Attack, runs: string, trainLimit: number): Promise<Reference> {
  // The first game also warms the caches of the machine: the second one's time is that of the others.
  const times: number[] = [];
  for (const name of ['a', 'b']) {
    const started = performance.now();
    const game = play(commandOf(attack, trainLimit), join(runs, name));
    const code = await game.exit;
    if (code !== 0)
      throw new TheriacError(`the undisturbed game ended with ${code}: ${game.said()}`, { code: 'ABORTED' });
    times.push((performance.now() - started) / 1000);
  }
  const seconds = times.at(-1) ?? 0;
  process.stdout.write(`${attack}: undisturbed in ${seconds.toFixed(1)} s\n`);
  return { results: resultsOf(runIn(join(runs, 'b')) ?? ''), seconds };
}

/** Points drawn over the whole game, attacks in turn. */
function disturbances(
  roles: readonly Victim[],
  used: readonly Attack[],
  points: number,
  stops: number,
  seed: number,
): Disturbance[] {
  const plan = (signal: Disturbance['signal'], chosen: readonly Victim[], count: number): Disturbance[] =>
    chosen.flatMap((victim) => {
      const drawn = new Float32Array(count);
      randomStream(seed, 'kill-matrix', signal, victim).fillUniform(drawn, 0, 1);
      return [...drawn].map((point, k) => ({ victim, signal, attack: used[k % used.length] as Attack, point }));
    });
  const services = roles.filter((role) => role !== 'driver');
  return [...plan('SIGKILL', roles, points), ...plan('SIGSTOP', services, stops)];
}

function lineOf({ victim, signal, attack, point, fault, detected, recovered }: Outcome): string {
  const times = [
    ...(detected === undefined ? [] : [`noticed after ${detected.toFixed(2)} s`]),
    ...(recovered === undefined ? [] : [`went on after ${recovered.toFixed(2)} s`]),
  ];
  return `${signal} ${victim}, ${attack} at ${(100 * point).toFixed(0)}%: ${[fault ?? 'same bytes', ...times].join(', ')}`;
}

function figuresOf(outcomes: readonly Outcome[]): Figure[] {
  const of = (signal: Disturbance['signal']): Outcome[] => outcomes.filter((each) => each.signal === signal);
  const defined = (values: readonly (number | undefined)[]): number[] =>
    values.filter((value) => value !== undefined).sort((a, b) => a - b);
  const right = outcomes.filter(({ fault }) => fault === undefined).length;
  const recoveries = defined(of('SIGKILL').map(({ recovered }) => recovered));
  const detections = defined(of('SIGSTOP').map(({ detected }) => detected));
  const middle = recoveries[Math.floor(recoveries.length / 2)];
  const slowest = detections.at(-1);
  return [
    {
      what: 'games with the bytes of the undisturbed one',
      found: `${right} of ${outcomes.length}`,
      promised: 'all',
      held: right === outcomes.length,
    },
    ...(middle === undefined
      ? []
      : [
          {
            what: `median recovery from SIGKILL (${recoveries.length} that were needed)`,
            found: `${middle.toFixed(2)} s, longest ${(recoveries.at(-1) ?? 0).toFixed(2)} s`,
            promised: '< 5 s',
            held: middle < 5,
          },
        ]),
    ...(slowest === undefined
      ? []
      : [
          {
            what: `longest detection of SIGSTOP (${detections.length} that were needed)`,
            found: `${slowest.toFixed(2)} s`,
            promised: '< 5 s',
            held: slowest < 5,
          },
        ]),
  ];
}
