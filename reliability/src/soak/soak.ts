import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Experiment } from '../frame/experiment';
import { printFigures } from '../frame/figures';
import type { Figure } from '../frame/figures';
import { readNumbers } from '../frame/options';
import { startServiceProcess } from '../frame/service-process';
import type { ServiceProcess } from '../frame/service-process';
import { startDriver } from './driver';
import type { LoopingDriver } from './driver';
import { footprintOf } from './footprint';
import type { Footprint } from './footprint';
import { smallGame } from './games';
import { median, trendOf } from './trend';

/** Share of the time in which caches fill; leases of sessions and blobs end within it. */
const warmUp = 0.25;
/** Below this, engines and heaps are still finding their size: the slope is told and nothing is promised of it. */
const telling = 20;
const fewestSamples = 6;

/** What a process held after a game. */
interface Sample extends Footprint {
  readonly hours: number;
}

/** Games in a loop over three services: their memory and their file descriptors must not grow. */
export const soak: Experiment = {
  id: 'soak',
  summary: 'small games for --minutes 60: memory and file descriptors of driver and services do not grow',
  async run(args) {
    const { minutes, seed } = readNumbers(args, { minutes: 60, seed: 0 });
    // As they are by default in an hour, and shorter in a shorter soak: what fills within the first lease is left out.
    const lease = String(Math.min(600, Math.max(5, minutes * 60 * warmUp * (2 / 3))));
    const settings = ['--threads', '1', '--blob-lease-seconds', lease, '--session-lease-seconds', lease];
    const started: ServiceProcess[] = [];
    let driver: LoopingDriver | undefined;
    const runs = mkdtempSync(join(tmpdir(), 'theriac-soak-'));
    try {
      for (const role of ['trainer', 'attacker', 'evaluator'] as const)
        started.push(await startServiceProcess(role, settings));
      driver = startDriver();
      const { samples, games } = await playFor(minutes, seed, started, driver, runs);
      process.stdout.write(`  ${games} games in ${minutes} minutes, the first quarter left out of what follows\n`);
      return printFigures(figuresOf(samples, minutes >= telling));
    } finally {
      driver?.stop();
      await Promise.all(started.map((service) => service.stop()));
      rmSync(runs, { recursive: true, force: true });
    }
  },
};

/** Plays until the time is over and looks at every process after every game. */
async function playFor(
  minutes: number,
  seed: number,
  services: readonly ServiceProcess[],
  driver: LoopingDriver,
  runs: string,
): Promise<{ samples: Map<string, Sample[]>; games: number }> {
  const addresses = services.flatMap(({ role, address }) => [`--${role}`, address]);
  const processes: { name: string; pid: number }[] = services.map(({ role, pid }) => ({ name: role, pid }));
  processes.push({ name: 'driver', pid: driver.pid });
  const samples = new Map(processes.map(({ name }): [string, Sample[]] => [name, []]));
  const start = performance.now();
  const hours = (): number => (performance.now() - start) / 3_600_000;
  let games = 0;
  for (; hours() < minutes / 60 || few(samples); games++) {
    await driver.play([...smallGame(games, seed), ...addresses, '--runs-dir', runs, '--fresh', '--json', '--quiet']);
    rmSync(runs, { recursive: true, force: true });
    if (hours() < (warmUp * minutes) / 60) continue;
    for (const { name, pid } of processes) samples.get(name)?.push({ hours: hours(), ...footprintOf(pid) });
  }
  return { samples, games };
}

const few = (samples: ReadonlyMap<string, readonly Sample[]>): boolean =>
  [...samples.values()].some(({ length }) => length < fewestSamples);

function figuresOf(samples: ReadonlyMap<string, readonly Sample[]>, promised: boolean): Figure[] {
  return [...samples].flatMap(([name, own]) => {
    const { slope, low, high } = trendOf(own.map(({ hours, residentMib }) => ({ t: hours, y: residentMib })));
    const sixths = Array.from({ length: 6 }, (_, k) =>
      own.slice(Math.floor((k * own.length) / 6), Math.floor(((k + 1) * own.length) / 6)),
    );
    const resident = sixths.map((part) => median(part.map(({ residentMib }) => residentMib)).toFixed(0));
    const open = (part: readonly Sample[]): number => median(part.map(({ descriptors }) => descriptors));
    const [before, after] = [open(sixths.slice(0, 2).flat()), open(sixths.slice(-2).flat())];
    return [
      { what: `${name}: resident memory by sixth of the time, MiB`, found: resident.join(' ') },
      {
        what: `${name}: slope of resident memory, MiB an hour`,
        found: `${slope.toFixed(2)} (95%: ${low.toFixed(2)} to ${high.toFixed(2)})`,
        ...(promised ? { promised: 'not above 0 beyond doubt', held: low <= 0 } : {}),
      },
      {
        what: `${name}: file descriptors, medians of the first third and the last`,
        found: `${before}, ${after}`,
        promised: 'no more at the end',
        held: after <= before,
      },
    ];
  });
}
