/** What a sweep asks of a cluster: an Indexed Job with one index for each game, and a ConfigMap with the plan and which games they are. */
import type { V1ConfigMap, V1Job } from '@kubernetes/client-node';
import { sha256Hex } from '@theriac/game';
import { TheriacError } from '@theriac/tensors';
import type { SweepPlan } from '../plan-file';
import { exitCodes } from '../../presentation/failure';
import { gamePod } from './pod';
import type { PodChoice } from './pod';
import { withPatch } from './pod-patch';

export interface JobChoice extends Omit<PodChoice, 'plan' | 'labels'> {
  /** undefined: that of whoever makes it. */
  readonly namespace: string | undefined;
  readonly title: string;
  /** Digest of the plan: `planDigest`. */
  readonly digest: string;
  /** The plan's text. */
  readonly plan: string;
  /** The games to play, as `rangesText` writes them; index 0 of the Job is the first of them. */
  readonly games: string;
  readonly count: number;
  /** Most games at a time. */
  readonly parallelism: number;
  /** How often a game that fails is tried again. */
  readonly retries: number;
  /** Failed games after which the others are not played; undefined: all are played. */
  readonly mostFailed: number | undefined;
  /** Queue of Kueue in which the Job waits; undefined: none. */
  readonly queue: string | undefined;
  /** Merged over the pod. */
  readonly podPatch: unknown;
}

/** On Jobs, ConfigMaps and pods: which plan they belong to. */
export const planLabel = 'theriac/plan';
/** On Jobs: where the runs go. */
export const storeAnnotation = 'theriac/run-store';
export const planFile = 'plan.yaml';
export const gamesFile = 'games';

/** A finished Job, its pods and their logs are kept for a week. */
const keptSeconds = 7 * 86_400;
/** A ConfigMap holds 1 MiB, names and all. */
const mostBytes = 1_000_000;

/** Names a plan by its games in their order, however its file is written: 32 hexadecimal digits, what a label has room for. */
export function planDigest({ count, gameAt }: SweepPlan): string {
  const digests = function* digests(): Generator<string> {
    for (let index = 0; index < count; index++) yield gameAt(index).digest;
  };
  return sha256Hex([...digests()].join('\n')).slice(0, 32);
}

/** The same games of the same plan have the same name, so that two drivers make one Job. */
const nameOf = ({ digest, games, runStore }: JobChoice): string =>
  `theriac-sweep-${digest.slice(0, 10)}-${sha256Hex(`${digest} ${games} ${runStore.text}`).slice(0, 6)}`;

export function jobOf(choice: JobChoice): V1Job {
  const { namespace, title, digest, count, parallelism, retries, mostFailed, queue, runStore } = choice;
  const name = nameOf(choice);
  const labels = {
    'app.kubernetes.io/name': 'theriac',
    'app.kubernetes.io/part-of': 'theriac',
    'app.kubernetes.io/component': 'game',
    [planLabel]: digest,
  };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      labels: { ...labels, ...(queue === undefined ? {} : { 'kueue.x-k8s.io/queue-name': queue }) },
      annotations: { 'theriac/title': title, [storeAnnotation]: runStore.text },
    },
    spec: {
      completionMode: 'Indexed',
      completions: count,
      parallelism: Math.min(parallelism, count),
      backoffLimitPerIndex: retries,
      ...(mostFailed === undefined ? {} : { maxFailedIndexes: Math.min(mostFailed, count) }),
      // The one before has ended when the next begins: it may hold the run.
      podReplacementPolicy: 'Failed',
      podFailurePolicy: {
        rules: [
          { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
          // What was asked wrongly does not become right by itself.
          {
            action: 'FailIndex',
            onExitCodes: { containerName: 'driver', operator: 'In', values: [exitCodes.usage] },
          },
        ],
      },
      ttlSecondsAfterFinished: keptSeconds,
      ...(queue === undefined ? {} : { suspend: true }),
      template: withPatch(gamePod({ ...choice, plan: name, labels }), choice.podPatch),
    },
  };
}

/** Goes with the Job once it is there. Throws INVALID_ARGUMENT where a plan is too long for a ConfigMap. */
export function planOf({ plan, games }: JobChoice, { metadata }: V1Job, uid?: string): V1ConfigMap {
  const { name = '', namespace, labels = {} } = metadata ?? {};
  const bytes = Buffer.byteLength(plan) + Buffer.byteLength(games);
  if (bytes > mostBytes)
    throw new TheriacError('the plan is too long for a cluster', {
      code: 'INVALID_ARGUMENT',
      field: 'plan',
      found: `${bytes} bytes with the list of its games`,
      allowed: `at most ${mostBytes} bytes, what a ConfigMap holds`,
      remedy: 'Divide the plan.',
    });
  const owner = { apiVersion: 'batch/v1', kind: 'Job', name, uid: uid ?? '' };
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      labels: { ...labels },
      ...(uid === undefined ? {} : { ownerReferences: [owner] }),
    },
    immutable: true,
    data: { [planFile]: plan, [gamesFile]: games },
  };
}
