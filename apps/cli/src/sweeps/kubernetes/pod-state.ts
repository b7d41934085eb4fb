/** What has become of a pod, from its status. */
import type { V1Pod } from '@kubernetes/client-node';

export interface PodState {
  readonly uid: string;
  readonly name: string;
  /** Its index within the Job. */
  readonly index: number;
  readonly phase: 'waiting' | 'playing' | 'succeeded' | 'failed';
  /** What keeps it waiting, or why it failed, in one line; "" where there is nothing to say. */
  readonly why: string;
}

const indexKey = 'batch.kubernetes.io/job-completion-index';
/** What every pod says for a while. */
const usual = ['ContainerCreating', 'PodInitializing'];

/** undefined for a pod that belongs to no index. */
export function stateOf({ metadata, status }: V1Pod): PodState | undefined {
  const text = metadata?.annotations?.[indexKey] ?? metadata?.labels?.[indexKey] ?? '';
  if (!/^\d+$/.test(text)) return undefined;
  const { uid = '', name = '' } = metadata ?? {};
  const base = { uid, name, index: Number(text) };
  if (status?.phase === 'Succeeded') return { ...base, phase: 'succeeded', why: '' };
  if (status?.phase === 'Failed') return { ...base, phase: 'failed', why: oneLine(failureOf(status)) };
  return { ...base, phase: status?.phase === 'Running' ? 'playing' : 'waiting', why: oneLine(obstacleOf(status)) };
}

type Status = NonNullable<V1Pod['status']>;

function failureOf(status: Status): string {
  const disruption = status.conditions?.find(({ type, status: is }) => type === 'DisruptionTarget' && is === 'True');
  if (disruption !== undefined)
    return `${disruption.reason ?? 'disrupted'}: ${disruption.message ?? 'no reason given'}`;
  if (status.reason !== undefined) return `${status.reason}: ${status.message ?? 'no reason given'}`;
  const ended = status.containerStatuses?.find(({ name }) => name === 'driver')?.state?.terminated;
  if (ended === undefined) return status.message ?? 'its driver never started';
  if (ended.reason === 'OOMKilled') return 'the driver needed more memory than it may have: --memory-per-game';
  return lastLine(ended.message ?? '') || `exit code ${ended.exitCode}`;
}

function obstacleOf(status: V1Pod['status']): string {
  const unscheduled = status?.conditions?.find(({ type, status: is }) => type === 'PodScheduled' && is === 'False');
  if (unscheduled?.message !== undefined) return unscheduled.message;
  for (const { name, state, lastState } of [
    ...(status?.initContainerStatuses ?? []),
    ...(status?.containerStatuses ?? []),
  ]) {
    const { reason = '', message = '' } = state?.waiting ?? {};
    if (reason === '' || usual.includes(reason)) continue;
    return `${name}: ${reason}: ${lastLine(lastState?.terminated?.message ?? '') || message}`;
  }
  return '';
}

/** What a program of ours said of its end, else its last line. */
function lastLine(text: string): string {
  const lines = text.trim().split('\n');
  return (lines.findLast((line) => line.startsWith('theriac')) ?? lines.at(-1) ?? '').replace(/^theriac: /, '');
}

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim();
