import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Experiment } from '../frame/experiment';
import { printFigures } from '../frame/figures';
import { readNumbers } from '../frame/options';
import { startServiceProcess } from '../frame/service-process';
import type { ServiceProcess } from '../frame/service-process';
import { differences, eventsOf, play, resultsOf, runIn } from '../kill-matrix/game';

/** Two trainers are restarted in turn, by SIGTERM, while games run that were given both: no game may fail. */
export const rollingRestart: Experiment = {
  id: 'rolling-restart',
  summary:
    'two trainers restarted in turn, --restarts 6, under --games 20 at a time: no game fails, each ends in its bytes',
  async run(args) {
    const asked = readNumbers(args, { games: 20, restarts: 6, seed: 0, 'train-limit': 1000, epochs: 60 });
    const folder = mkdtempSync(join(tmpdir(), 'theriac-rolling-'));
    const settings = ['--sessions', '64'];
    const environment = { THERIAC_THREADS: '1' };
    const sockets = ['a', 'b'].map((name) => `unix:${join(folder, name)}.sock`);
    const start = (listen: string): Promise<ServiceProcess> =>
      startServiceProcess('trainer', ['--listen', listen, ...settings], environment);
    const others: ServiceProcess[] = [];
    const trainers: ServiceProcess[] = [];
    try {
      for (const listen of sockets) trainers.push(await start(listen));
      for (const role of ['attacker', 'evaluator'] as const)
        others.push(await startServiceProcess(role, ['--listen', `unix:${join(folder, role)}.sock`], environment));
      const addresses = [
        '--trainer',
        sockets.join(','),
        ...others.flatMap(({ role, address }) => [`--${role}`, address]),
      ];
      const games = Array.from({ length: asked.games }, (_, k) => {
        const runs = join(folder, `game-${k}`);
        return { runs, played: play([...commandOf(asked, k % 2), ...addresses, '--quiet'], runs) };
      });
      const ends = Promise.all(games.map(({ played }) => played.exit));
      const exits: (number | NodeJS.Signals)[] = [];
      for (let restart = 0; restart < asked.restarts; restart++) {
        // The one before has to compute again, as a rollout waits for its readiness.
        await Promise.race([ends, sleep(secondsBetween * 1000)]);
        const which = restart % trainers.length;
        const trainer = trainers[which] as ServiceProcess;
        trainer.signal('SIGTERM');
        exits.push(await trainer.ended);
        trainers[which] = await start(sockets[which] ?? '');
      }
      const codes = await ends;
      const failed = games.filter((_, k) => codes[k] !== 0);
      for (const { played } of failed) process.stdout.write(`a game failed: ${played.said().slice(-400)}\n`);
      const ended = games.filter((_, k) => codes[k] === 0);
      const seats = ended.map(({ runs }) => runIn(runs) ?? '');
      const moved = seats.filter((run) => eventsOf(run).some(({ event }) => event === 'lost')).length;
      return printFigures([
        {
          what: 'games that ended',
          found: `${ended.length} of ${games.length}`,
          promised: 'all',
          held: failed.length === 0,
        },
        { what: 'games that lost a trainer', found: `${moved}` },
        {
          what: 'games of the same manifest with the same bytes',
          found: `${seats.filter((run) => agrees(run, seats)).length} of ${seats.length}`,
          promised: 'all',
          held: seats.every((run) => agrees(run, seats)),
        },
        {
          what: 'trainers that drained with exit code 0',
          found: `${exits.filter((code) => code === 0).length} of ${exits.length}`,
          promised: 'all',
          held: exits.every((code) => code === 0),
        },
      ]);
    } finally {
      await Promise.all([...trainers, ...others].map((service) => service.stop()));
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

const secondsBetween = 4;

/** Two games in turn, so that bytes can be compared within each. */
function commandOf(
  asked: { readonly seed: number; readonly 'train-limit': number; readonly epochs: number },
  kind: number,
) {
  const data = ['--dataset', 'synthetic-digits', '--train-limit', String(asked['train-limit']), '--model', 'lr'];
  const protocol = ['--protocol', `p-gc@${asked.epochs}`, '--attacker-protocol', 'stable-sgd@3', '--seeds', '2'];
  return ['play', ...data, '--attack', 'label-flip', ...protocol, '--seed', String(2 * asked.seed + kind)];
}

/** Whether a run has the bytes of the first run of its manifest. */
function agrees(run: string, runs: readonly string[]): boolean {
  const manifest = (of: string): string => readFileSync(join(of, 'manifest.json'), 'utf8');
  const first = runs.find((each) => manifest(each) === manifest(run)) ?? run;
  return differences(resultsOf(first), resultsOf(run)).length === 0;
}
