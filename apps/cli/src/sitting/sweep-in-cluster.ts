/** What `theriac sweep --engine kubernetes` does: from the flags to the games that failed. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { invalid, TheriacError } from '@theriac/tensors';
import { stringify } from 'yaml';
import { readInteger } from '../arguments/numbers';
import { makeFolder } from '../driver/disk-error';
import { duration } from '../presentation/figures';
import { createSweepProgress } from '../presentation/sweep-progress';
import { cardsInLogs, cardsInStore } from '../sweeps/kubernetes/cards';
import { openCluster } from '../sweeps/kubernetes/cluster';
import { cancelJobs, playInCluster } from '../sweeps/kubernetes/engine';
import { jobOf, planDigest, planOf } from '../sweeps/kubernetes/job';
import type { JobChoice } from '../sweeps/kubernetes/job';
import { openObjectStore } from '../sweeps/kubernetes/object-store';
import { parseRanges, rangesText } from '../sweeps/kubernetes/ranges';
import { parseRunStore } from '../sweeps/kubernetes/run-store';
import { missingGames } from '../sweeps/missing-games';
import { tellOfSweep } from '../sweeps/told-sweep';
import type { SweepPlan } from '../sweeps/plan-file';
import { readYaml } from '../tables/fields';
import { clusterStandards } from '../verbs/cluster-options';
import type { ClusterFlags } from '../verbs/cluster-options';
import { version } from '../version';
import { cancelOnSignals } from './sitting';

export interface ClusterRequest extends ClusterFlags {
  readonly runsDir: string;
  readonly threads: string;
  readonly memoryPerGame: string;
  readonly quiet?: boolean;
  readonly json?: boolean;
}

export interface PlanSource {
  readonly plan: SweepPlan;
  /** The text of its file. */
  readonly content: string;
}

type Choose = (games: string, count: number) => JobChoice;

/** Plays what is missing in a cluster; gives the games that failed. Throws CANCELLED on Ctrl-C: the Job goes on. */
export async function sweepInCluster({ plan, content }: PlanSource, request: ClusterRequest): Promise<number[]> {
  const choose = choiceOf({ plan, content }, request);
  const runStore = parseRunStore(request.runStore ?? clusterStandards.runStore);
  const cluster = await openCluster(placeOf(request));
  const runsDir = resolve(request.runsDir);
  makeFolder(runsDir);
  const missing = parseRanges(rangesText(missingGames(plan, runsDir)), 'games').count;
  const progress = createSweepProgress(request, missing);
  progress.note(`${plan.title}: ${plan.count} games, ${plan.count - missing} played before`);
  if (missing === 0) return [];
  const store = runStore.kind === 's3' ? await openObjectStore(runStore) : undefined;
  const controller = new AbortController();
  const release = cancelOnSignals(controller);
  const told = tellOfSweep(missing);
  try {
    const failed = await playInCluster({
      cluster,
      plan,
      runsDir,
      cards: store === undefined ? cardsInLogs({ plan, runsDir }, cluster) : cardsInStore({ plan, runsDir }, store),
      signal: controller.signal,
      digest: planDigest(plan),
      runStore: runStore.text,
      choose,
      note: progress.note,
      onPods: progress.pods,
      onPlayed(index, seconds) {
        told.ended('finished');
        progress.played(`game ${index} (${plan.gameAt(index).choices.join(', ')}) played in ${duration(seconds)}`);
      },
      onFailed(index, line) {
        told.ended('failed');
        progress.failed();
        process.stderr.write(`game ${index} failed: ${line}\n`);
      },
    });
    return [...failed].sort((a, b) => a - b);
  } catch (error) {
    throw controller.signal.aborted ? left() : error;
  } finally {
    release();
    progress.end();
    store?.close();
    await told.stop();
  }
}

/** The Job and the ConfigMap of what is missing here, as YAML. */
export function sweepManifest(source: PlanSource, request: ClusterRequest): string {
  const games = rangesText(missingGames(source.plan, resolve(request.runsDir)));
  const { count } = parseRanges(games, 'games');
  if (count === 0) throw invalid('--manifest', 'no game', 'a plan with games that were not played');
  const choice = choiceOf(source, request)(games, count);
  const job = jobOf(choice);
  return [planOf(choice, job), job]
    .map((document) => `---\n${stringify(document, { aliasDuplicateObjects: false })}`)
    .join('');
}

/** Deletes the Jobs of a plan; gives how many there were. */
export async function cancelSweep(plan: SweepPlan, request: ClusterRequest): Promise<number> {
  return cancelJobs(await openCluster(placeOf(request)), planDigest(plan));
}

const placeOf = ({ kubeconfig, context, namespace }: ClusterRequest) => ({ kubeconfig, context, namespace });

/** Reads every option, so that a wrong one is told before anything is asked of the cluster. */
function choiceOf({ plan, content }: PlanSource, request: ClusterRequest): Choose {
  const given = { ...clusterStandards, imageTag: version, ...request };
  const { imagePrefix, imageTag, attackerImage, podPatch, maxFailed, queue, telemetry } = given;
  const image = (name: string): string => `${imagePrefix}/${name}:${imageTag}`;
  const claim = (name: string): string | undefined => (name === 'none' ? undefined : name);
  const choice = {
    namespace: given.namespace,
    title: plan.title,
    digest: planDigest(plan),
    plan: content,
    images: {
      trainer: image('trainer'),
      attacker: attackerImage ?? image('attacker'),
      evaluator: image('evaluator'),
      driver: image('driver'),
    },
    runStore: parseRunStore(given.runStore),
    storeSecret: claim(given.runStoreSecret),
    dataClaim: claim(given.dataClaim),
    trainingDataClaim: claim(given.trainingDataClaim),
    threads: readInteger('threads', given.threads, 1, 1024),
    memoryMebibytes: readInteger('memory-per-game', given.memoryPerGame, 256, 1 << 30),
    telemetry,
    parallelism: readInteger('parallelism', given.parallelism, 1, 100_000),
    retries: readInteger('retries', given.retries, 0, 1000),
    mostFailed: maxFailed === undefined ? undefined : readInteger('max-failed', maxFailed, 0, 100_000),
    queue,
    podPatch: podPatch === undefined ? undefined : readPatch(podPatch),
  };
  return (games, count) => ({ ...choice, games, count });
}

function readPatch(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const { code = 'unreadable' } = error as NodeJS.ErrnoException;
    throw invalid('--pod-patch', `${file} (${code})`, 'a YAML file that can be read');
  }
  return readYaml(text, file);
}

const left = (): TheriacError =>
  new TheriacError('interrupted', {
    code: 'CANCELLED',
    remedy: 'The Job goes on in the cluster: the same command joins it again, and with --cancel ends it.',
  });
