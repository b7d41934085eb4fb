/** Games of a sweep in a cluster: an Indexed Job is made or joined, watched to its end, and its cards are brought here. */
import { TheriacError } from '@theriac/tensors';
import type { V1Job } from '@kubernetes/client-node';
import { missingGames } from '../missing-games';
import type { SweepPlan } from '../plan-file';
import { isSwept } from '../sweep-store';
import type { Cards } from './cards';
import type { Cluster } from './cluster';
import { gamesFile, jobOf, planLabel, planOf, storeAnnotation } from './job';
import type { JobChoice } from './job';
import { parseRanges, rangesText } from './ranges';
import type { Ranges } from './ranges';
import { endOf, watchJob } from './watch-job';
import type { JobEnd, JobReport } from './watch-job';

export interface ClusterSweep extends JobReport {
  readonly cluster: Cluster;
  readonly plan: SweepPlan;
  readonly runsDir: string;
  readonly cards: Cards;
  readonly signal: AbortSignal;
  /** The Job for these games, of which there are so many. */
  choose(games: string, count: number): JobChoice;
  readonly digest: string;
  readonly runStore: string;
}

interface RunningJob {
  readonly job: V1Job;
  readonly games: Ranges;
}

/** How often games that ended without a card that can be read are played again. */
const mostRounds = 3;

/**
 * Plays what is missing; gives the games that failed. A game that was played in the cluster before is found there, and not played
 * again. Throws CANCELLED, where the Job goes on, and what the cluster refuses.
 */
export async function playInCluster(sweep: ClusterSweep): Promise<ReadonlySet<number>> {
  const { cluster, plan, runsDir, cards } = sweep;
  await cards.bring();
  const failed = new Set<number>();
  for (let round = 1; ; round++) {
    const running = (await joined(sweep)) ?? (await made(sweep, failed));
    if (running === undefined) return failed;
    const { job, games } = running;
    const end = await watchJob(sweep, job, games);
    for (const index of end.failed) failed.add(index);
    if (end.why !== undefined) throw stopped(job, end, cluster);
    const lost = [...games].filter((index) => !failed.has(index) && !isSwept(runsDir, plan.gameAt(index).digest));
    if (round < mostRounds || lost.length === 0) continue;
    for (const index of lost) {
      sweep.onFailed(index, 'it ended, and its card was nowhere to be read');
      failed.add(index);
    }
  }
}

/** Deletes every Job of the plan; gives how many there were. */
export async function cancelJobs(cluster: Cluster, digest: string): Promise<number> {
  const jobs = await cluster.jobs(`${planLabel}=${digest}`);
  for (const { metadata } of jobs) await cluster.deleteJob(metadata?.name ?? '');
  return jobs.length;
}

/** The Job of this plan that is under way, whoever made it. */
async function joined(sweep: ClusterSweep): Promise<RunningJob | undefined> {
  const { cluster, digest, runStore } = sweep;
  for (const job of await cluster.jobs(`${planLabel}=${digest}`)) {
    if (endOf(job) !== undefined) continue;
    const { name = '', annotations = {} } = job.metadata ?? {};
    const store = annotations[storeAnnotation];
    if (store !== runStore)
      throw new TheriacError(`the Job ${name} plays this plan with other settings`, {
        code: 'FAILED_PRECONDITION',
        field: '--run-store',
        found: runStore,
        allowed: store ?? 'that of the Job',
        remedy: 'Name the same run store, or delete the Job with --cancel.',
      });
    const games = (await cluster.plan(name))?.data?.[gamesFile];
    if (games === undefined) {
      // Whoever made it ended before its plan was there: no game of it can begin.
      await cluster.deleteJob(name);
      continue;
    }
    const read = parseRanges(games, `the games of ${name}`);
    sweep.note(`joining the Job ${name} in ${cluster.namespace}: ${read.count} games`);
    return { job, games: read };
  }
  return undefined;
}

/** A Job for what is missing and has not failed; undefined where that is nothing. */
async function made(sweep: ClusterSweep, failed: ReadonlySet<number>): Promise<RunningJob | undefined> {
  const { cluster, plan, runsDir } = sweep;
  const wanted = function* wanted(): Generator<number> {
    for (const index of missingGames(plan, runsDir)) if (!failed.has(index)) yield index;
  };
  const text = rangesText(wanted());
  const games = parseRanges(text, 'games');
  if (games.count === 0) return undefined;
  const choice = { ...sweep.choose(text, games.count), namespace: cluster.namespace };
  const body = jobOf(choice);
  planOf(choice, body); // too long a plan is refused before anything is made
  let job = await cluster.createJob(body);
  if (job === undefined) {
    // The same games were asked for before: by somebody else right now, or in a Job that has ended.
    const name = body.metadata?.name ?? '';
    const other = await cluster.job(name);
    if (other !== undefined && endOf(other) === undefined) job = other;
    else {
      await cluster.deleteJob(name);
      job = await cluster.createJob(body);
    }
    if (job === undefined) throw busy(name);
  }
  try {
    await cluster.createPlan(planOf(choice, job, job.metadata?.uid));
  } catch (error) {
    await cluster.deleteJob(job.metadata?.name ?? '').catch(() => undefined);
    throw error;
  }
  sweep.note(`Job ${job.metadata?.name} in ${cluster.namespace}: ${games.count} games`);
  return { job, games };
}

const busy = (name: string): TheriacError =>
  new TheriacError(`the Job ${name} is being made and deleted by somebody else`, {
    code: 'ABORTED',
    field: 'cluster',
    remedy: 'Run the same command again.',
  });

function stopped(job: V1Job, { why }: JobEnd, { namespace }: Cluster): TheriacError {
  return new TheriacError(`the Job ${job.metadata?.name} ended before all games were played: ${why}`, {
    code: 'ABORTED',
    field: 'games',
    remedy: `Look at it: kubectl describe job ${job.metadata?.name} -n ${namespace}; the same command goes on with what is missing.`,
  });
}
