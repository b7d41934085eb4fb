/** A Job from where it stands to its end: cards are brought as games end, what goes wrong is told once. */
import type { CoreV1Event, V1Job, V1Pod } from '@kubernetes/client-node';
import { TheriacError } from '@theriac/tensors';
import type { Cards } from './cards';
import type { Cluster } from './cluster';
import { follow } from './follow';
import type { Source } from './follow';
import { stateOf } from './pod-state';
import type { PodState } from './pod-state';
import { parseRanges } from './ranges';
import type { Ranges } from './ranges';

export interface JobReport {
  onPlayed(index: number, seconds: number): void;
  onFailed(index: number, line: string): void;
  /** How many games are being played, and how many pods wait. */
  onPods(playing: number, waiting: number): void;
  note(line: string): void;
}

interface Watching extends JobReport {
  readonly cluster: Cluster;
  readonly cards: Cards;
  readonly signal: AbortSignal;
}

export interface JobEnd {
  readonly failed: readonly number[];
  /** Why it ended before all games were played; undefined: it did not. */
  readonly why: string | undefined;
}

/** How a Job has ended, undefined while it has not. */
export function endOf({ status }: V1Job): { readonly why: string | undefined } | undefined {
  const ended = status?.conditions?.find(
    ({ type, status: is }) => (type === 'Complete' || type === 'Failed') && is === 'True',
  );
  if (ended === undefined) return undefined;
  const all = ended.type === 'Complete' || ended.reason === 'FailedIndexes';
  return { why: all ? undefined : `${ended.reason ?? 'failed'}: ${ended.message ?? 'no reason given'}` };
}

/** Watches until the Job has ended and every card that can be read is here. Throws CANCELLED, and ABORTED where the Job is deleted. */
export async function watchJob(watching: Watching, job: V1Job, games: Ranges): Promise<JobEnd> {
  const { cluster, cards, signal, onPlayed, onFailed, onPods, note } = watching;
  const { name = '', uid = '' } = job.metadata ?? {};
  const controller = new AbortController();
  const stop = (): void => controller.abort();
  signal.addEventListener('abort', stop, { once: true });
  const open = new Map<string, PodState['phase']>();
  const brought = new Uint8Array(games.count);
  /** Why each index failed last, and the pods that were told of. */
  const lastWords = new Map<number, string>();
  const told = new Set<string>();
  let ended: V1Job | undefined;
  let deleted = false;
  let bringing: Promise<void> = Promise.resolve();
  const faults: Error[] = [];

  const once = (key: string, line: string): void => {
    if (!told.has(key)) note(line);
    told.add(key);
  };
  const fail = (error: Error): void => {
    faults.push(error);
    stop();
  };

  function bring(index: number, pod: string): void {
    const game = games.at(index);
    if (game === undefined || brought[index] === 1) return;
    brought[index] = 1;
    bringing = bringing
      .then(async () => {
        const swept = faults.length === 0 ? await cards.of(game, pod) : undefined;
        if (swept !== undefined) onPlayed(game, swept.card.seconds.total);
      })
      .catch(fail);
  }

  function onPod(pod: V1Pod, gone: boolean): void {
    const state = stateOf(pod);
    if (state === undefined) return;
    const { index, phase, why } = state;
    const game = games.at(index);
    if (gone || phase === 'succeeded' || phase === 'failed') open.delete(state.uid);
    else open.set(state.uid, phase);
    if (phase === 'succeeded') bring(index, state.name);
    if (phase === 'failed') lastWords.set(index, why);
    else if (lastWords.has(index)) once(state.uid, `game ${game} is played again: ${lastWords.get(index)}`);
    if (phase === 'waiting' && why !== '') once(unnamed(why), `game ${game} waits: ${why}`);
    const phases = [...open.values()];
    const playing = phases.filter((each) => each === 'playing').length;
    onPods(playing, phases.length - playing);
  }

  const ears = {
    signal: controller.signal,
    onTrouble: (error: Error) => once(`away ${error.message}`, `${error.message} Asking again.`),
  };
  const following = <T>(source: Source<T>, onObject: (object: T, gone: boolean) => void, onList = () => {}) =>
    follow(source, { ...ears, onList, onObject }).catch(fail);

  const jobs = cluster.theJob(name);
  const theJob: Source<V1Job> = {
    ...jobs,
    async list(next) {
      const page = await jobs.list(next);
      deleted = !page.items.some(({ metadata }) => metadata?.uid === uid);
      if (deleted) stop();
      return page;
    },
  };
  await Promise.all([
    following(theJob, (found, gone) => {
      if (found.metadata?.uid !== uid) return;
      if (gone) deleted = true;
      else if (endOf(found) !== undefined) ended = found;
      if (gone || ended !== undefined) stop();
    }),
    following(cluster.podsOf(uid), onPod, () => open.clear()),
    follow(cluster.warningsOf(uid), {
      ...ears,
      onList: () => {},
      onObject({ reason, message = '' }: CoreV1Event) {
        once(`${reason} ${unnamed(message)}`, `the Job ${name}: ${reason}: ${message.replace(/\s+/g, ' ')}`);
      },
    }).catch((error: Error) => note(`${error.message} What is wrong with the Job cannot be told without.`)),
  ]);
  signal.removeEventListener('abort', stop);
  if (signal.aborted) throw signal.reason;
  for (const fault of faults) throw fault;
  if (deleted || ended === undefined) throw wasDeleted(name);
  await lastPods(cluster.podsOf(uid), onPod);
  await bringing;
  for (const fault of faults) throw fault;
  const failed = failedGames(ended, games);
  for (const [index, game] of failed) onFailed(game, lastWords.get(index) ?? 'its pods are gone, and with them why');
  return { failed: failed.map(([, game]) => game), why: endOf(ended)?.why };
}

/** The Job may have ended before its last pods were heard of. */
async function lastPods(source: Source<V1Pod>, onPod: (pod: V1Pod, gone: boolean) => void): Promise<void> {
  for (let next: string | undefined; ;) {
    const page = await source.list(next);
    for (const pod of page.items) onPod(pod, false);
    next = page.next;
    if (next === undefined) return;
  }
}

function failedGames({ status }: V1Job, games: Ranges): [index: number, game: number][] {
  const indexes = parseRanges(status?.failedIndexes ?? '', 'the failed indexes of the Job');
  return [...indexes].flatMap((index): [number, number][] => {
    const game = games.at(index);
    return game === undefined ? [] : [[index, game]];
  });
}

/** The same words about another pod are the same words. */
const unnamed = (text: string): string => text.replace(/"[^"]*"/g, '""').replace(/\d+/g, '0');

function wasDeleted(name: string): TheriacError {
  return new TheriacError(`the Job ${name} was deleted`, {
    code: 'ABORTED',
    field: 'games',
    remedy: 'What was played stays; the same command begins a Job for the rest.',
  });
}
