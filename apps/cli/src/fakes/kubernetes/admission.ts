/** What an API server refuses of a Job beyond the types of its fields: the rules of its validation that concern sweeps. */
import type { V1Container, V1Job, V1PodSpec } from '@kubernetes/client-node';

const dnsLabel = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const labelValue = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;
const quantity = /^\d+(\.\d+)?(m|k|Ki|Mi|Gi|Ti|M|G)?$/;
const mostConfigMapBytes = 1 << 20;

/** Faults of a Job, each as "field: what is wrong". */
export function faultsOfJob({ metadata, spec }: V1Job): string[] {
  const faults: string[] = [];
  const fault = (field: string, wrong: boolean | undefined, what: string): void =>
    void (wrong === true && faults.push(`${field}: ${what}`));
  const { completions = 0, parallelism = 1, backoffLimitPerIndex, maxFailedIndexes, podFailurePolicy } = spec ?? {};
  const pod = spec?.template.spec;
  const indexed = spec?.completionMode === 'Indexed';
  const longest = `${metadata?.name}-${completions - 1}`;
  fault('metadata.name', !dnsLabel.test(longest), `${longest} is no host name`);
  for (const [key, value] of Object.entries({ ...metadata?.labels, ...spec?.template.metadata?.labels }))
    fault(`metadata.labels.${key}`, !labelValue.test(value), `${value} is no label`);
  fault('spec.completions', indexed && !(completions > 0 && completions <= 100_000), 'from 1 to 100000');
  fault('spec.parallelism', !(parallelism >= 0 && parallelism <= 100_000), 'from 0 to 100000');
  fault('spec.backoffLimitPerIndex', backoffLimitPerIndex !== undefined && !indexed, 'only with Indexed');
  fault('spec.maxFailedIndexes', (maxFailedIndexes ?? 0) > completions, 'at most completions');
  fault('spec.maxFailedIndexes', maxFailedIndexes !== undefined && backoffLimitPerIndex === undefined, 'needs a limit');
  fault('spec.template.spec.restartPolicy', pod?.restartPolicy !== 'Never', 'Never, with a podFailurePolicy');
  fault(
    'spec.podReplacementPolicy',
    podFailurePolicy !== undefined && spec?.podReplacementPolicy !== 'Failed',
    'Failed, with a podFailurePolicy',
  );
  for (const { action, onExitCodes, onPodConditions } of podFailurePolicy?.rules ?? []) {
    const rule = 'spec.podFailurePolicy.rules';
    fault(rule, (onExitCodes === undefined) === (onPodConditions === undefined), 'one of both requirements');
    fault(rule, action === 'FailIndex' && backoffLimitPerIndex === undefined, 'FailIndex needs backoffLimitPerIndex');
    fault(rule, !['Ignore', 'FailIndex', 'FailJob', 'Count'].includes(action), `${action} is no action`);
    fault(rule, onExitCodes?.operator === 'In' && onExitCodes.values.includes(0), 'no exit code 0');
    const names = containersOf(pod).map(({ name }) => name);
    fault(rule, onExitCodes !== undefined && !names.includes(onExitCodes.containerName ?? ''), 'a container that is');
  }
  return [...faults, ...faultsOfPod(pod)];
}

/** Faults of a ConfigMap: there is only one. */
export function faultsOfConfigMap({ data = {} }: { readonly data?: Readonly<Record<string, string>> }): string[] {
  const bytes = Object.entries(data).reduce((sum, pair) => sum + Buffer.byteLength(pair.join('')), 0);
  return bytes > mostConfigMapBytes ? [`data: ${bytes} bytes; at most ${mostConfigMapBytes}`] : [];
}

const containersOf = (pod: V1PodSpec | undefined): V1Container[] => [
  ...(pod?.initContainers ?? []),
  ...(pod?.containers ?? []),
];

/** A pod's own rules, and those of the standard "restricted" for namespaces. */
function faultsOfPod(pod: V1PodSpec | undefined): string[] {
  const faults: string[] = [];
  const volumes = (pod?.volumes ?? []).map(({ name }) => name);
  const { runAsNonRoot, seccompProfile } = pod?.securityContext ?? {};
  if (runAsNonRoot !== true || seccompProfile?.type !== 'RuntimeDefault') faults.push('pod: violates restricted');
  if (new Set(volumes).size !== volumes.length) faults.push('volumes: a name twice');
  const mounted = new Set<string>();
  const containers = containersOf(pod);
  if (new Set(containers.map(({ name }) => name)).size !== containers.length) faults.push('containers: a name twice');
  const ports = containers.flatMap(({ ports: own = [] }) => own.map(({ containerPort }) => containerPort));
  if (new Set(ports).size !== ports.length) faults.push('ports: one twice');
  for (const container of containers) {
    const { name, securityContext, volumeMounts = [], resources = {} } = container;
    const at = (what: string): number => faults.push(`container ${name}: ${what}`);
    if (!dnsLabel.test(name)) at('no name');
    if ((container.image ?? '') === '') at('no image');
    if (securityContext?.allowPrivilegeEscalation !== false) at('violates restricted: privileges');
    if (!securityContext?.capabilities?.drop?.includes('ALL')) at('violates restricted: capabilities');
    const paths = volumeMounts.map(({ mountPath }) => mountPath);
    if (new Set(paths).size !== paths.length) at('a mount path twice');
    for (const { name: volume } of volumeMounts) {
      mounted.add(volume);
      if (!volumes.includes(volume)) at(`no volume ${volume}`);
    }
    for (const [key, value] of Object.entries({ ...resources.requests, ...resources.limits }))
      if (!quantity.test(value)) at(`${key} is ${value}`);
    for (const { name: port = '' } of container.ports ?? [])
      if (port.length > 15 || !dnsLabel.test(port)) at(`port ${port}`);
  }
  for (const volume of volumes) if (!mounted.has(volume)) faults.push(`volume ${volume}: nobody mounts it`);
  return faults;
}
