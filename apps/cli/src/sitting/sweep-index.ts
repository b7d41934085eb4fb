/** What the driver of one pod of a sweep does: plays the game of its index, keeps it, and says its card as its last line. */
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { invalid } from '@theriac/tensors';
import { readInteger } from '../arguments/numbers';
import { isHeldElsewhere } from '../driver/lock';
import { silentReporter } from '../driver/reporter';
import type { Addresses } from '../embedded/table';
import { openObjectStore } from '../sweeps/kubernetes/object-store';
import { parseRanges } from '../sweeps/kubernetes/ranges';
import { parseRunStore } from '../sweeps/kubernetes/run-store';
import type { SweepPlan } from '../sweeps/plan-file';
import { playSwept } from '../sweeps/play-swept';
import { readSwept } from '../sweeps/sweep-store';
import type { SweptGame } from '../sweeps/sweep-store';
import { dataShelf } from './data-shelf';
import { withSitting } from './sitting';

export interface IndexRequest {
  readonly addresses: Addresses;
  readonly allowPlaintext?: boolean;
  readonly tls?: string;
  readonly runsDir: string;
  /** The file with the games that the indexes of the Job stand for. */
  readonly games: string;
  readonly runStore?: string;
}

const indexVariable = 'JOB_COMPLETION_INDEX';
/** The pod before this one may still hold the run: longer than its lease. */
const patienceMilliseconds = 120_000;
const pollMilliseconds = 2_000;

/** Plays, or finds what was played before. */
export async function playJobIndex(plan: SweepPlan, request: IndexRequest): Promise<void> {
  const { runsDir, runStore } = request;
  const games = parseRanges(readGames(request.games), request.games);
  const position = readInteger(indexVariable, process.env[indexVariable] ?? '', 0, games.count - 1);
  const game = plan.gameAt(games.at(position) ?? -1);
  const place = runStore === undefined ? undefined : parseRunStore(runStore);
  const store = place?.kind === 's3' ? await openObjectStore(place) : undefined;
  const before = readSwept(runsDir, game.digest) ?? (await store?.card(game.digest));
  if (before !== undefined) return say(before);
  const shelf = dataShelf(request.addresses, silentReporter);
  const swept = await withSitting(request, (sitting) =>
    whenFree(sitting.signal, () => playSwept(sitting, game, shelf, silentReporter, runsDir)),
  );
  await store?.keep(runsDir, swept);
  store?.close();
  say(swept);
}

async function whenFree<T>(signal: AbortSignal, play: () => Promise<T>): Promise<T> {
  const end = performance.now() + patienceMilliseconds;
  for (;;) {
    try {
      return await play();
    } catch (error) {
      if (!isHeldElsewhere(error) || performance.now() > end) throw error;
      await delay(pollMilliseconds, undefined, { signal });
    }
  }
}

function readGames(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code = 'unreadable' } = error as NodeJS.ErrnoException;
    throw invalid('--games', `${file} (${code})`, 'a file that can be read');
  }
}

const say = (game: SweptGame): void => void process.stdout.write(`${JSON.stringify(game)}\n`);
