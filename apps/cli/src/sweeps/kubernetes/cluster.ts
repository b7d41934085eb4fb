/** A cluster, as far as a sweep needs it: Jobs, the ConfigMaps of their plans, their pods, events and logs. */
import { setTimeout as delay } from 'node:timers/promises';
import type { CoreV1Event, KubernetesObject, V1ConfigMap, V1Job, V1Pod } from '@kubernetes/client-node';
import { TheriacError } from '@theriac/tensors';
import { apiError, statusOf } from './api-error';
import { connectCluster } from './cluster-connection';
import type { ClusterChoice } from './cluster-connection';
import type { Page, Source } from './follow';

export interface Cluster {
  readonly namespace: string;
  readonly server: string;
  /** Jobs with a label. */
  jobs(label: string): Promise<readonly V1Job[]>;
  job(name: string): Promise<V1Job | undefined>;
  /** undefined: one of this name is there. */
  createJob(job: V1Job): Promise<V1Job | undefined>;
  /** Resolves when the Job is gone; its pods and its ConfigMap follow. */
  deleteJob(name: string): Promise<void>;
  plan(name: string): Promise<V1ConfigMap | undefined>;
  /** One of this name stays as it is: the same name has the same content. */
  createPlan(plan: V1ConfigMap): Promise<void>;
  /** The last lines that the driver of a game wrote. */
  log(pod: string): Promise<string>;
  theJob(name: string): Source<V1Job>;
  podsOf(uid: string): Source<V1Pod>;
  /** Warnings about a Job. */
  warningsOf(uid: string): Source<CoreV1Event>;
}

const pageSize = 500;
const logLines = 50;
const goneSeconds = 60;
const pollMilliseconds = 500;

/** Throws INVALID_ARGUMENT for a configuration that does not serve; nothing is asked of the cluster yet. */
export async function openCluster(choice: ClusterChoice): Promise<Cluster> {
  const { batch, core, namespace, server, watch } = await connectCluster(choice);

  /** Asks; what the cluster answers badly is told as one that failed at `what`. */
  async function ask<T>(what: string, work: () => Promise<T>): Promise<T> {
    for (let wait = 0.25; ; wait *= 2) {
      try {
        return await work();
      } catch (error) {
        const told = apiError(error, what, server);
        if (told.detail.code !== 'UNAVAILABLE' || wait > 1) throw told;
        await delay(wait * 1000);
      }
    }
  }

  /** undefined for an answer of this status. */
  async function unless<T>(status: number, work: Promise<T>): Promise<T | undefined> {
    try {
      return await work;
    } catch (error) {
      if (statusOf(error) === status) return undefined;
      throw error;
    }
  }

  const here = { namespace };
  const source = <T extends KubernetesObject>(
    what: string,
    path: string,
    selector: Selector,
    list: List<T>,
  ): Source<T> => ({
    async list(next): Promise<Page<T>> {
      const from = next === undefined ? {} : { _continue: next };
      const { items, metadata = {} } = await ask(`listing ${what}`, () =>
        list({ ...here, ...selector, ...from, limit: pageSize }),
      );
      return { items, version: metadata.resourceVersion ?? '', next: metadata._continue || undefined };
    },
    async watch(version, onEvent, signal) {
      try {
        await watch(path, { ...selector, resourceVersion: version, allowWatchBookmarks: true }, onEvent, signal);
        return 'ended';
      } catch (error) {
        if (statusOf(error) === 410) return 'expired';
        throw apiError(error, `watching ${what}`, server);
      }
    },
  });

  const readJob = (name: string) => ask('reading a Job', () => unless(404, batch.readNamespacedJob({ ...here, name })));
  const inNamespace = `namespaces/${encodeURIComponent(namespace)}`;
  return {
    namespace,
    server,
    jobs: async (labelSelector) =>
      (await ask('listing Jobs', () => batch.listNamespacedJob({ ...here, labelSelector }))).items,
    job: readJob,
    createJob: (body) => ask('making a Job', () => unless(409, batch.createNamespacedJob({ ...here, body }))),
    async deleteJob(name) {
      await ask('deleting a Job', () =>
        unless(404, batch.deleteNamespacedJob({ ...here, name, propagationPolicy: 'Background' })),
      );
      const end = performance.now() + goneSeconds * 1000;
      while ((await readJob(name)) !== undefined) {
        if (performance.now() > end) throw stays(name);
        await delay(pollMilliseconds);
      }
    },
    plan: (name) => ask('reading a ConfigMap', () => unless(404, core.readNamespacedConfigMap({ ...here, name }))),
    async createPlan(body) {
      await ask('making a ConfigMap', () => unless(409, core.createNamespacedConfigMap({ ...here, body })));
    },
    log: (name) =>
      ask('reading the log of a pod', () =>
        core.readNamespacedPodLog({ ...here, name, container: 'driver', tailLines: logLines }),
      ),
    theJob: (name) =>
      source('a Job', `/apis/batch/v1/${inNamespace}/jobs`, { fieldSelector: `metadata.name=${name}` }, (query) =>
        batch.listNamespacedJob(query),
      ),
    podsOf: (uid) =>
      source(
        'pods',
        `/api/v1/${inNamespace}/pods`,
        { labelSelector: `batch.kubernetes.io/controller-uid=${uid}` },
        (query) => core.listNamespacedPod(query),
      ),
    warningsOf: (uid) =>
      source(
        'events',
        `/api/v1/${inNamespace}/events`,
        { fieldSelector: `involvedObject.uid=${uid},type=Warning` },
        (query) => core.listNamespacedEvent(query),
      ),
  };
}

interface Selector {
  readonly fieldSelector?: string;
  readonly labelSelector?: string;
}

type List<T> = (
  query: Selector & { readonly namespace: string; readonly limit: number; readonly _continue?: string },
) => Promise<{ readonly items: readonly T[]; readonly metadata?: { resourceVersion?: string; _continue?: string } }>;

function stays(name: string): TheriacError {
  return new TheriacError(`the Job ${name} is still there ${goneSeconds} s after it was deleted`, {
    code: 'UNAVAILABLE',
    field: 'cluster',
    remedy: 'Look at its finalizers: kubectl get job -o yaml.',
  });
}
