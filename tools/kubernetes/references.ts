/** What one document says of another: names, ports, selectors. */
import {
  at,
  isObject,
  kindOf,
  nameOf,
  objectAt,
  objectsAt,
  textAt,
  titleOf,
  type Json,
  type JsonObject,
  type Path,
  type Problem,
} from './documents';
import { containersOf, podsOf, portsOf, type Pod } from './pods';
import { hasAll, selects } from './selectors';

/** Kinds of objects that belong to no namespace. */
const clusterWide = ['Namespace'];

/** What is wrong between documents. `elsewhere` names objects that are made by others: "Secret theriac-trainer-tls". */
export function checkReferences(documents: readonly JsonObject[], elsewhere: readonly string[] = []): Problem[] {
  const problems: Problem[] = [];
  const pods = podsOf(documents);
  const there = new Set([...documents.map(titleOf), ...elsewhere]);
  for (const document of documents)
    if (kindOf(document) === 'Certificate') there.add(`Secret ${textAt(document, 'spec', 'secretName')}`);
  const blame = (document: JsonObject, path: Path, sentence: string) =>
    problems.push({ document: titleOf(document), path, sentence });
  const want = (document: JsonObject, path: Path, kind: string, name: Json | undefined) => {
    if (!there.has(`${kind} ${String(name)}`)) blame(document, path, `there is no ${kind} ${String(name)}`);
  };

  checkIdentities();
  for (const pod of pods) checkPodReferences(pod);
  for (const document of documents) checkDocument(document);
  return problems;

  function checkIdentities(): void {
    const namespaces = new Set(documents.filter((each) => kindOf(each) === 'Namespace').map(nameOf));
    documents.forEach((document, index) => {
      const first = documents.findIndex(
        (other) =>
          titleOf(other) === titleOf(document) &&
          at(other, 'metadata', 'namespace') === at(document, 'metadata', 'namespace'),
      );
      if (first !== index) blame(document, ['metadata', 'name'], 'is there twice');
      if (clusterWide.includes(kindOf(document))) return;
      const namespace = textAt(document, 'metadata', 'namespace') ?? '';
      if (namespaces.size > 0 && !namespaces.has(namespace))
        blame(document, ['metadata', 'namespace'], `there is no Namespace ${namespace}`);
    });
  }

  function checkPodReferences(pod: Pod): void {
    const { document, path, spec } = pod;
    want(document, [...path, 'spec', 'serviceAccountName'], 'ServiceAccount', at(spec, 'serviceAccountName'));
    objectsAt(spec, 'volumes').forEach((volume, index) => {
      const sources = [volume, ...objectsAt(volume, 'projected', 'sources')];
      const where = [...path, 'spec', 'volumes', index];
      for (const source of sources) {
        if ('secret' in source)
          want(document, where, 'Secret', at(source, 'secret', 'secretName') ?? at(source, 'secret', 'name'));
        if ('configMap' in source) want(document, where, 'ConfigMap', at(source, 'configMap', 'name'));
        if ('persistentVolumeClaim' in source)
          want(document, where, 'PersistentVolumeClaim', at(source, 'persistentVolumeClaim', 'claimName'));
      }
    });
    for (const { path: where, content } of containersOf(pod)) {
      for (const variable of objectsAt(content, 'env')) {
        for (const [field, kind] of [
          ['secretKeyRef', 'Secret'],
          ['configMapKeyRef', 'ConfigMap'],
        ] as const) {
          const reference = at(variable, 'valueFrom', field);
          if (isObject(reference) && reference['optional'] !== true)
            want(document, [...where, 'env'], kind, reference['name']);
        }
        for (const address of addressesIn(textAt(variable, 'value') ?? '')) wantAddress(document, where, address);
      }
      for (const source of objectsAt(content, 'envFrom')) {
        if ('secretRef' in source) want(document, [...where, 'envFrom'], 'Secret', at(source, 'secretRef', 'name'));
        if ('configMapRef' in source)
          want(document, [...where, 'envFrom'], 'ConfigMap', at(source, 'configMapRef', 'name'));
      }
      for (const list of ['args', 'command'])
        for (const argument of [at(content, list)].flat())
          if (typeof argument === 'string')
            for (const address of addressesIn(argument)) wantAddress(document, [...where, list], address);
    }
    objectsAt(spec, 'topologySpreadConstraints').forEach((constraint, index) => {
      if (!selects(objectAt(constraint, 'labelSelector'), pod.labels))
        blame(document, [...path, 'spec', 'topologySpreadConstraints', index], 'does not select its own pods');
    });
  }

  function wantAddress(document: JsonObject, path: Path, { host, port }: { host: string; port: number }): void {
    const service = documents.find((each) => kindOf(each) === 'Service' && nameOf(each) === host);
    if (service === undefined) {
      if (!there.has(`Service ${host}`)) blame(document, path, `there is no Service ${host}`);
    } else if (!objectsAt(service, 'spec', 'ports').some((each) => at(each, 'port') === port))
      blame(document, path, `Service ${host} has no port ${port}`);
  }

  function checkDocument(document: JsonObject): void {
    const spec = objectAt(document, 'spec');
    switch (kindOf(document)) {
      case 'Deployment': {
        const own = pods.filter((pod) => selects(objectAt(spec, 'selector'), pod.labels));
        if (own.length !== 1 || own[0]?.document !== document)
          blame(
            document,
            ['spec', 'selector'],
            `selects the pods of ${own.map((pod) => titleOf(pod.document)).join(', ') || 'nobody'}`,
          );
        return;
      }
      case 'Job':
        return checkJob(document, spec);
      case 'PodDisruptionBudget':
        if (pods.filter((pod) => selects(objectAt(spec, 'selector'), pod.labels)).length !== 1)
          blame(document, ['spec', 'selector'], 'does not select the pods of exactly one Deployment');
        return;
      case 'Service':
        return checkService(document, spec);
      case 'HorizontalPodAutoscaler':
        return checkAutoscaler(document, spec);
      case 'RoleBinding':
        want(document, ['roleRef'], textAt(document, 'roleRef', 'kind') ?? '', at(document, 'roleRef', 'name'));
        objectsAt(document, 'subjects').forEach((subject, index) => {
          want(document, ['subjects', index], 'ServiceAccount', at(subject, 'name'));
          if (at(subject, 'namespace') !== at(document, 'metadata', 'namespace'))
            blame(document, ['subjects', index], 'is of another namespace');
        });
        return;
      case 'Certificate':
        return want(
          document,
          ['spec', 'issuerRef'],
          textAt(spec, 'issuerRef', 'kind') ?? '',
          at(spec, 'issuerRef', 'name'),
        );
      case 'Issuer':
        if (Object.keys(spec).length !== 1) blame(document, ['spec'], 'an Issuer is of exactly one kind');
        if ('ca' in spec) want(document, ['spec', 'ca'], 'Secret', at(spec, 'ca', 'secretName'));
        return;
      default:
    }
  }

  function checkJob(document: JsonObject, spec: JsonObject): void {
    const names = objectsAt(spec, 'template', 'spec', 'containers').map((each) => each['name']);
    objectsAt(spec, 'podFailurePolicy', 'rules').forEach((rule, index) => {
      const where = ['spec', 'podFailurePolicy', 'rules', index];
      if ('onExitCodes' in rule === 'onPodConditions' in rule)
        blame(document, where, 'is about exit codes or conditions');
      const name = at(rule, 'onExitCodes', 'containerName');
      if (name !== undefined && !names.includes(name)) blame(document, where, `there is no container ${String(name)}`);
    });
    const queued = at(document, 'metadata', 'labels', 'kueue.x-k8s.io/queue-name') !== undefined;
    if (queued !== (spec['suspend'] === true))
      blame(document, ['spec', 'suspend'], 'a Job is suspended until its queue lets it begin');
  }

  function checkService(document: JsonObject, spec: JsonObject): void {
    const chosen = pods.filter((pod) => hasAll(objectAt(spec, 'selector'), pod.labels));
    if (chosen.length !== 1)
      blame(document, ['spec', 'selector'], `selects the pods of ${chosen.length} workloads, where one is meant`);
    objectsAt(spec, 'ports').forEach((port, index) => {
      const target = at(port, 'targetPort');
      for (const pod of chosen) {
        const ports = portsOf(pod);
        const found =
          typeof target === 'string' ? ports.has(target) : [...ports.values()].some((each) => each === target);
        if (!found) blame(document, ['spec', 'ports', index], `${titleOf(pod.document)} has no port ${String(target)}`);
      }
    });
  }

  function checkAutoscaler(document: JsonObject, spec: JsonObject): void {
    const target = objectAt(spec, 'scaleTargetRef');
    const scaled = documents.find(
      (each) =>
        kindOf(each) === at(target, 'kind') &&
        nameOf(each) === at(target, 'name') &&
        each['apiVersion'] === target['apiVersion'],
    );
    if (scaled === undefined) return void blame(document, ['spec', 'scaleTargetRef'], 'names nothing that is there');
    // Sessions lie in one trainer.
    if (at(scaled, 'metadata', 'labels', 'app.kubernetes.io/component') === 'trainer')
      blame(document, ['spec', 'scaleTargetRef'], 'a trainer holds the sessions of its callers');
    if (at(scaled, 'spec', 'replicas') !== undefined)
      blame(scaled, ['spec', 'replicas'], 'are those of the autoscaler: each apply would set them back');
    if (!(Number(spec['minReplicas']) <= Number(spec['maxReplicas'])))
      blame(document, ['spec', 'minReplicas'], 'is above maxReplicas');
  }
}

/** Addresses of Services in a text: "name:port", also within a URL or between commas. */
function addressesIn(text: string): { host: string; port: number }[] {
  return text.split(',').flatMap((part) => {
    const [, host, port] = /^(?:--[a-z-]+=)?(?:https?:\/\/)?([a-z][a-z0-9-]*):(\d+)(?:\/.*)?$/.exec(part) ?? [];
    return host === undefined || host === 'localhost' ? [] : [{ host, port: Number(port) }];
  });
}
