/** Plays the controller of Jobs, the scheduler and the garbage collector: Indexed Jobs run their pods, one for each index. */
import { randomUUID } from 'node:crypto';
import type { V1Job, V1PodSpec, V1PodStatus, V1PodTemplateSpec } from '@kubernetes/client-node';
import { rangesText } from '../../sweeps/kubernetes/ranges';
import type { ApiServer } from './api-server';
import type { StoredObject } from './object-table';

export interface PodTask {
  readonly spec: V1PodSpec;
  readonly namespace: string;
  readonly index: number;
  /** How many pods of this index there were before. */
  readonly attempt: number;
  /** Aborts when the pod is deleted. */
  readonly signal: AbortSignal;
}

export type PodOutcome =
  | { readonly kind: 'exit'; readonly code: number; readonly log: string; readonly reason?: string }
  | { readonly kind: 'disrupted'; readonly reason: string; readonly message: string };

export interface Node {
  /** Runs a pod to its end. */
  run(task: PodTask): Promise<PodOutcome>;
  /** Why no pod may be made; undefined: it may. */
  refusePod?(): string | undefined;
}

const indexKey = 'batch.kubernetes.io/job-completion-index';
const uidKey = 'batch.kubernetes.io/controller-uid';

/** Runs every Job that is made from now on; gives what ends that. */
export function startJobController({ table, logs }: ApiServer, node: Node): () => Promise<void> {
  const controller = new AbortController();
  const underWay = new Set<Promise<void>>();

  async function runJob(created: StoredObject): Promise<void> {
    const { name, namespace, uid } = created.metadata;
    const spec = created['spec'] as NonNullable<V1Job['spec']>;
    const { completions = 1, parallelism = 1, backoffLimitPerIndex = 0, maxFailedIndexes = completions } = spec;
    const completed = new Set<number>();
    const failed = new Set<number>();
    const waiting = Array.from({ length: completions }, (_, index) => ({ index, failures: 0, attempt: 0 }));
    const gone = new AbortController();
    const job = (): StoredObject | undefined => {
      const found = table.get('Job', namespace, name);
      return found?.metadata.uid === uid ? found : undefined;
    };
    const stopListening = table.listen(({ type, object }) => {
      if (type === 'DELETED' && object.metadata.uid === uid) gone.abort();
    });
    const signal = AbortSignal.any([controller.signal, gone.signal]);
    const ranges = (set: ReadonlySet<number>): string => rangesText([...set].sort((a, b) => a - b));
    const tell = (ended?: object): void => {
      const found = job();
      if (found === undefined) return;
      const indexes = { completedIndexes: ranges(completed), failedIndexes: ranges(failed) };
      const conditions = ended === undefined ? {} : { conditions: [ended] };
      table.change(found, { status: { ...indexes, succeeded: completed.size, ...conditions } });
    };

    async function runPods(): Promise<void> {
      for (let task = waiting.shift(); task !== undefined; task = waiting.shift()) {
        const { index, attempt, failures } = task;
        if (signal.aborted || failed.size > maxFailedIndexes) return;
        if (!(await mayBeMade(created, signal))) return;
        const pod = makePod(created, spec.template, index);
        const outcome = await runPod(pod, { spec: spec.template.spec as V1PodSpec, namespace, index, attempt, signal });
        if (signal.aborted) return;
        const action = actionOf(spec, outcome);
        const again = failures + (action === 'Count' ? 1 : 0);
        if (action === 'done') completed.add(index);
        else if (action === 'FailIndex' || again > backoffLimitPerIndex) failed.add(index);
        else waiting.push({ index, failures: again, attempt: attempt + 1 });
        tell();
      }
    }
    await Promise.all(Array.from({ length: Math.min(parallelism, completions) }, runPods));
    stopListening();
    if (signal.aborted) return;
    const reason = failed.size > maxFailedIndexes ? 'MaxFailedIndexesExceeded' : 'FailedIndexes';
    tell(
      failed.size === 0
        ? { type: 'Complete', status: 'True' }
        : { type: 'Failed', status: 'True', reason, message: `Job has ${failed.size} failed indexes` },
    );
  }

  /** Tries again while something refuses the pod. */
  async function mayBeMade(job: StoredObject, signal: AbortSignal): Promise<boolean> {
    for (;;) {
      const why = node.refusePod?.();
      if (why === undefined || signal.aborted) return !signal.aborted;
      const { name, namespace, uid } = job.metadata;
      table.add('Event', namespace, {
        metadata: { name: `${name}.${randomUUID().slice(0, 8)}` },
        involvedObject: { kind: 'Job', name, namespace, uid },
        type: 'Warning',
        reason: 'FailedCreate',
        message: `Error creating: pods "${name}-0-${randomUUID().slice(0, 5)}" is forbidden: ${why}`,
      });
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  function makePod(job: StoredObject, template: V1PodTemplateSpec, index: number): StoredObject {
    const { name, namespace, uid } = job.metadata;
    const own = { [indexKey]: String(index), [uidKey]: uid };
    const made = table.add('Pod', namespace, {
      metadata: {
        name: `${name}-${index}-${randomUUID().slice(0, 5)}`,
        labels: { ...template.metadata?.labels, ...own },
        annotations: { [indexKey]: String(index) },
        ownerReferences: [{ apiVersion: 'batch/v1', kind: 'Job', name, uid }],
      },
      spec: template.spec,
      status: { phase: 'Pending' },
    });
    if (made === undefined) throw new Error('a name twice');
    return made;
  }

  async function runPod(pod: StoredObject, task: PodTask): Promise<PodOutcome> {
    const update = (status: V1PodStatus): void => {
      const found = table.get('Pod', task.namespace, pod.metadata.name);
      if (found !== undefined) table.change(found, { status });
    };
    await volumesThere(task);
    if (task.signal.aborted) return { kind: 'disrupted', reason: 'Deleted', message: 'the Job is gone' };
    update({ phase: 'Running' });
    const outcome = await node.run(task);
    if (outcome.kind === 'exit') logs.set(pod.metadata.name, outcome.log);
    update(statusOf(outcome));
    return outcome;
  }

  /** A pod waits for its ConfigMap. */
  async function volumesThere({ spec, namespace, signal }: PodTask): Promise<void> {
    const names = (spec.volumes ?? []).flatMap(({ configMap }) =>
      configMap?.name === undefined ? [] : configMap.name,
    );
    while (!signal.aborted && names.some((name) => table.get('ConfigMap', namespace, name) === undefined))
      await new Promise((resolve) => setTimeout(resolve, 10));
  }

  const stop = table.listen(({ type, object }) => {
    if (type !== 'ADDED' || object.kind !== 'Job') return;
    const run = runJob(object).finally(() => underWay.delete(run));
    underWay.add(run);
  });
  return async () => {
    stop();
    controller.abort();
    await Promise.allSettled(underWay);
  };
}

/** The first rule of the policy that fits. */
function actionOf({ podFailurePolicy }: NonNullable<V1Job['spec']>, outcome: PodOutcome): string {
  if (outcome.kind === 'exit' && outcome.code === 0) return 'done';
  const rule = podFailurePolicy?.rules.find(({ onExitCodes, onPodConditions }) =>
    outcome.kind === 'disrupted'
      ? onPodConditions?.some(({ type }) => type === 'DisruptionTarget')
      : onExitCodes?.values.includes(outcome.code),
  );
  return rule?.action ?? 'Count';
}

function statusOf(outcome: PodOutcome): V1PodStatus {
  if (outcome.kind === 'disrupted') {
    const { reason, message } = outcome;
    return { phase: 'Failed', conditions: [{ type: 'DisruptionTarget', status: 'True', reason, message }] };
  }
  const { code, log, reason = code === 0 ? 'Completed' : 'Error' } = outcome;
  // As with FallbackToLogsOnError.
  const terminated = { exitCode: code, reason, ...(code === 0 ? {} : { message: log.slice(-2048) }) };
  const driver = { name: 'driver', image: '', imageID: '', ready: false, restartCount: 0, state: { terminated } };
  return { phase: code === 0 ? 'Succeeded' : 'Failed', containerStatuses: [driver] };
}
