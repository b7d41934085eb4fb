/** The pods within manifests, and what must hold within each of them. */
import {
  at,
  kindOf,
  objectAt,
  objectsAt,
  textAt,
  titleOf,
  type Json,
  type JsonObject,
  type Path,
  type Problem,
} from './documents';
import { checkAmounts, sizeOf } from './formats';

/** A pod, as some document makes it. */
export interface Pod {
  readonly document: JsonObject;
  /** Where its template lies. */
  readonly path: Path;
  readonly labels: JsonObject;
  readonly spec: JsonObject;
}

export interface Container {
  readonly path: Path;
  readonly content: JsonObject;
}

/** The pods of the documents: of Deployments and Jobs, and those that stand by themselves. */
export function podsOf(documents: readonly JsonObject[]): Pod[] {
  return documents.flatMap((document) => {
    const path = templates[kindOf(document)];
    if (path === undefined) return [];
    const labels = objectAt(document, ...path, 'metadata', 'labels');
    return [{ document, path, labels, spec: objectAt(document, ...path, 'spec') }];
  });
}

const templates: Readonly<Record<string, Path | undefined>> = {
  Deployment: ['spec', 'template'],
  Job: ['spec', 'template'],
  Pod: [],
};

/** All containers of a pod, those before the others too. */
export function containersOf({ path, spec }: Pod): Container[] {
  return (['initContainers', 'containers'] as const).flatMap((list) =>
    objectsAt(spec, list).map((content, index) => ({ path: [...path, 'spec', list, index], content })),
  );
}

/** What a pod offers: port numbers by name. */
export function portsOf(pod: Pod): Map<string, number> {
  const ports = containersOf(pod).flatMap(({ content }) => objectsAt(content, 'ports'));
  return new Map(ports.map((port) => [textAt(port, 'name') ?? '', Number(at(port, 'containerPort'))] as const));
}

/** The value of an environment variable that is written in the manifest. */
export function environmentOf(container: JsonObject): Record<string, string> {
  const entries = objectsAt(container, 'env').map((each) => [textAt(each, 'name') ?? '', textAt(each, 'value') ?? '']);
  return Object.fromEntries(entries) as Record<string, string>;
}

/** Kinds of volumes that Pod Security's level `restricted` allows, and that are in use here. */
const volumeKinds = ['configMap', 'emptyDir', 'persistentVolumeClaim', 'projected', 'secret'];

/** What is wrong within one pod. */
export function checkPod(pod: Pod): Problem[] {
  const problems: Problem[] = [];
  const blame = (path: Path, sentence: string) => problems.push({ document: titleOf(pod.document), path, sentence });
  const inPod = [...pod.path, 'spec'];
  const containers = containersOf(pod);
  const mounted = new Set<string>();
  const volumes = objectsAt(pod.spec, 'volumes');
  const names = volumes.map((volume) => textAt(volume, 'name') ?? '');

  unique(names, 'volume', [...inPod, 'volumes']);
  unique(
    containers.map(({ content }) => textAt(content, 'name') ?? ''),
    'container',
    inPod,
  );
  // Containers of a pod share its ports.
  unique(
    containers.flatMap(({ content }) => objectsAt(content, 'ports').map((port) => String(at(port, 'containerPort')))),
    'port',
    inPod,
  );
  volumes.forEach((volume, index) => {
    const kinds = volumeKinds.filter((kind) => kind in volume);
    if (kinds.length !== 1 || Object.keys(volume).length !== 2)
      blame([...inPod, 'volumes', index], `is not one of ${volumeKinds.join(', ')}`);
    if ('emptyDir' in volume && sizeOf(at(volume, 'emptyDir', 'sizeLimit')) === undefined)
      blame([...inPod, 'volumes', index], 'an emptyDir lacks its sizeLimit');
  });
  for (const { path, content } of containers) checkContainer(path, content);
  for (const name of names) if (!mounted.has(name)) blame([...inPod, 'volumes'], `no container mounts ${name}`);
  for (const user of ['runAsUser', 'runAsGroup', 'fsGroup'])
    if (at(pod.spec, 'securityContext', user) === 0) blame([...inPod, 'securityContext', user], 'is root');

  return problems;

  function checkContainer(path: Path, content: JsonObject): void {
    const mounts = objectsAt(content, 'volumeMounts');
    mounts.forEach((mount, index) => {
      const name = textAt(mount, 'name') ?? '';
      mounted.add(name);
      const where = [...path, 'volumeMounts', index];
      if (!names.includes(name)) blame(where, `there is no volume ${name}`);
      const place = textAt(mount, 'mountPath') ?? '';
      if (!place.startsWith('/') || place === '/') blame(where, `${place} is no folder to mount at`);
      const volume = volumes.find((each) => at(each, 'name') === name);
      const forReading = ['secret', 'configMap', 'projected'].some((kind) => at(volume, kind) !== undefined);
      if (forReading && at(mount, 'readOnly') !== true) blame(where, `${name} is mounted for writing`);
      // Whole, so that what is changed in the cluster is changed in the pod.
      if (forReading && at(mount, 'subPath') !== undefined) blame(where, `a subPath of ${name} is never renewed`);
    });
    unique(
      mounts.map((mount) => textAt(mount, 'mountPath') ?? ''),
      'mount',
      [...path, 'volumeMounts'],
    );
    unique(
      objectsAt(content, 'env').map((each) => textAt(each, 'name') ?? ''),
      'variable',
      [...path, 'env'],
    );
    objectsAt(content, 'env').forEach((variable, index) => {
      const sources = Object.keys(objectAt(variable, 'valueFrom')).length;
      if (('value' in variable ? 1 : 0) + sources !== 1)
        blame([...path, 'env', index], 'a variable has either a value or one source');
    });
    for (const probe of ['startupProbe', 'readinessProbe', 'livenessProbe']) {
      if (probe in content) checkProbe([...path, probe], objectAt(content, probe), content);
    }
    problems.push(...checkAmounts(pod.document, content, path));
  }

  function checkProbe(path: Path, probe: JsonObject, content: JsonObject): void {
    const means = ['grpc', 'httpGet', 'tcpSocket', 'exec'].filter((each) => each in probe);
    const [mean = ''] = means;
    if (means.length !== 1) return void blame(path, 'a probe asks in exactly one way');
    if (mean === 'exec') return;
    const port = at(probe, mean, 'port');
    const offered = objectsAt(content, 'ports').flatMap((each): (Json | undefined)[] => [
      at(each, 'containerPort'),
      ...(mean === 'grpc' ? [] : [at(each, 'name')]),
    ]);
    if (port === undefined || !offered.includes(port)) blame(path, `the container has no port ${String(port)}`);
  }

  function unique(all: readonly string[], what: string, path: Path): void {
    const twice = all.find((name, index) => all.indexOf(name) !== index);
    if (twice !== undefined) blame(path, `${what} ${twice} is there twice`);
  }
}
