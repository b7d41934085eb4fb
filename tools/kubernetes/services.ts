/** What must hold of this project's own services: their settings, identities and ports, as the services themselves read them. */
import { helpText, readCommandLine, type ServiceSettings } from '../../libs/service-kit/src/main/settings';
import { parseIdentity } from '../../libs/service-kit/src/security/identity';
import { at, kindOf, nameOf, objectAt, objectsAt, textAt, titleOf, type JsonObject, type Problem } from './documents';
import { sizeOf } from './formats';
import { containersOf, environmentOf, podsOf, type Container, type Pod } from './pods';

/** The services, and the ports that they listen on. */
export const servicePorts = { trainer: 50_051, attacker: 50_052, evaluator: 50_053 } as const;

const gpu = 'nvidia.com/gpu';

/** Seconds that a service needs after its drain: to have its checkpoint fetched, and to send its last spans. */
const afterDrainSeconds = 10;

/** Variables that this project's programs read and that are no settings of a service. */
const otherVariables = [
  'THERIAC_CACHE',
  'THERIAC_DEBUG',
  'THERIAC_TENSORFLOW',
  'TMPDIR',
  'HOME',
  'NODE_OPTIONS',
  'MALLOC_ARENA_MAX',
  'JOB_COMPLETION_INDEX',
];
const otherPrefixes = ['OTEL_', 'AWS_'];

const settingNames = new Set([...helpText('', '', '').matchAll(/THERIAC_[A-Z_]+/g)].map(([name]) => name));

/** The service that a container is, ours or somebody else's: told by the pod's component, in the pod of a game by the container's name. */
function roleOf(pod: Pod, container: JsonObject): keyof typeof servicePorts | undefined {
  const component = textAt(pod.labels, 'app.kubernetes.io/component') ?? '';
  const role = component === 'game' ? (textAt(container, 'name') ?? '') : component;
  const theriac = pod.labels['app.kubernetes.io/name'] === 'theriac';
  return theriac && role in servicePorts ? (role as keyof typeof servicePorts) : undefined;
}

/** Whether an image is one of this project's, wherever it is pulled from. */
const isOurs = (container: JsonObject): boolean =>
  /(?:^|\/)theriac\/(?:trainer|attacker|evaluator|driver)(?=[:@])/.test(textAt(container, 'image') ?? '');

/** What is wrong with the services and the driver within pods, and with the certificates that they use. */
export function checkServices(documents: readonly JsonObject[]): Problem[] {
  return [
    ...podsOf(documents).flatMap((pod) => containersOf(pod).flatMap((container) => checkContainer(pod, container))),
    ...podsOf(documents).flatMap((pod) => checkSecretOf(pod, documents)),
    ...documents.filter((each) => kindOf(each) === 'Service').flatMap(checkAffinity),
    ...documents.filter((each) => kindOf(each) === 'Certificate').flatMap((each) => checkCertificate(each, documents)),
  ];
}

function checkContainer(pod: Pod, { path, content }: Container): Problem[] {
  const role = roleOf(pod, content);
  if (role === undefined && !isOurs(content)) return [];
  const problem = (sentence: string): Problem => ({
    document: titleOf(pod.document),
    path: [...path, 'env'],
    sentence,
  });
  const names = objectsAt(content, 'env').map((each) => textAt(each, 'name') ?? '');
  const values = Object.values(environmentOf(content));
  const problems = names
    .filter(
      (name) =>
        isOurs(content) &&
        !settingNames.has(name) &&
        !otherVariables.includes(name) &&
        !otherPrefixes.some((prefix) => name.startsWith(prefix)) &&
        !values.some((value) => value.includes(`$(${name})`)),
    )
    .map((name) => problem(`nothing reads ${name}`));
  problems.push(...wrongMounts(content).map(problem));
  if (role === undefined) return problems;
  const settings = settingsOf(content);
  if (typeof settings === 'string') return [...problems, problem(settings)];
  const { listen, healthListen, tls, dataDirectory, threads } = settings;
  const mounts = objectsAt(content, 'volumeMounts').map((mount) => textAt(mount, 'mountPath') ?? '');
  const local = listen.startsWith('unix:');
  const hasPort = (name: string, port: number) =>
    objectsAt(content, 'ports').some((each) => (local || each['name'] === name) && each['containerPort'] === port);
  const [, health] = /^0\.0\.0\.0:(\d+)$/.exec(healthListen ?? '') ?? [];
  const probes = local ? ['startupProbe'] : ['startupProbe', 'readinessProbe', 'livenessProbe'];
  const isProbed = (probe: string) =>
    ['periodSeconds', 'timeoutSeconds', 'failureThreshold'].every((field) => field in objectAt(content, probe));
  const volumeAt = (place: string) => {
    const mount = objectsAt(content, 'volumeMounts').find((each) => each['mountPath'] === place);
    return objectsAt(pod.spec, 'volumes').find((volume) => volume['name'] === mount?.['name']);
  };
  const grace = Number(pod.spec['terminationGracePeriodSeconds']);
  const blobs = settings.blobDiskMib * 2 ** 20;
  const room = sizeOf(at(volumeAt('/tmp'), 'emptyDir', 'sizeLimit')) ?? 0;
  const tagged = /-gpu(?:@|$)/.test(textAt(content, 'image') ?? '');
  const reserved = at(content, 'resources', 'limits', gpu) !== undefined;
  const expected: [boolean, string][] = [
    [local || listen === `0.0.0.0:${servicePorts[role]}`, `the ${role} listens on ${listen}`],
    [local || hasPort('grpc', servicePorts[role]), `the port grpc is not ${servicePorts[role]}`],
    [hasPort('health', Number(health)), 'the port health is not THERIAC_HEALTH_LISTEN'],
    [local || (tls !== undefined && mounts.includes(tls)), 'THERIAC_TLS is no folder that is mounted'],
    [dataDirectory !== undefined && mounts.includes(dataDirectory), 'THERIAC_DATA is no folder that is mounted'],
    [mounts.includes(environmentOf(content)['THERIAC_CACHE'] ?? ''), 'THERIAC_CACHE is no folder that is mounted'],
    [mounts.includes('/tmp'), 'the root is read-only and /tmp is not mounted'],
    [threads !== undefined, 'THERIAC_THREADS is not set: replicas on other machines would give other bytes'],
    [!settings.allowPlaintext, 'plaintext is allowed'],
    [probes.every(isProbed), `lacks one of ${probes.join(', ')}, or one of their times`],
    [settings.drainSeconds + afterDrainSeconds <= grace, 'terminationGracePeriodSeconds leave no time after the drain'],
    [blobs <= 0.9 * room, 'THERIAC_BLOB_DISK_MIB is more than /tmp has room for'],
    [
      kindOf(pod.document) !== 'Deployment' || 'topologySpreadConstraints' in pod.spec,
      'replicas are not spread over nodes',
    ],
    [tagged === reserved, 'the image for GPUs and the limit nvidia.com/gpu go together'],
    [
      !reserved || objectsAt(pod.spec, 'tolerations').some(({ key }) => key === gpu),
      `does not tolerate nodes of ${gpu}`,
    ],
  ];
  return [...problems, ...expected.filter(([holds]) => !holds).map(([, sentence]) => problem(sentence))];
}

/** What is mounted at the usual places is there to be used, and data sets to be read. */
function wrongMounts(content: JsonObject): string[] {
  if ('command' in content) return [];
  const mounts = objectsAt(content, 'volumeMounts');
  const places = mounts.map((mount) => textAt(mount, 'mountPath') ?? '');
  if (mounts.some((mount) => mount['mountPath'] === '/data' && mount['readOnly'] !== true))
    return ['data sets are mounted for writing'];
  return Object.entries({ THERIAC_TLS: '/tls', THERIAC_DATA: '/data', THERIAC_CACHE: '/cache' })
    .filter(([name, place]) => places.includes(place) && environmentOf(content)[name] !== place)
    .map(([name, place]) => `${place} is mounted, and ${name} does not name it`);
}

/** Blobs and sessions of a caller lie in one replica. */
function checkAffinity(document: JsonObject): Problem[] {
  const role = textAt(document, 'spec', 'selector', 'app.kubernetes.io/component') ?? '';
  const ours = textAt(document, 'spec', 'selector', 'app.kubernetes.io/name') === 'theriac' && role in servicePorts;
  if (!ours || at(document, 'spec', 'sessionAffinity') === 'ClientIP') return [];
  return [{ document: titleOf(document), path: ['spec'], sentence: 'lacks sessionAffinity: ClientIP' }];
}

/** The settings that a container's variables and arguments give, or why the service would not start with them. */
function settingsOf(content: JsonObject): ServiceSettings | string {
  const given = at(content, 'args');
  const args = Array.isArray(given) ? given.map(String) : [];
  try {
    const line = readCommandLine(args, environmentOf(content), '127.0.0.1:0');
    return line.kind === 'run' ? line.settings : 'the service would not run';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** The Secret that a pod mounts at THERIAC_TLS has its role's name, so that nobody speaks with the identity of another. */
function checkSecretOf(pod: Pod, documents: readonly JsonObject[]): Problem[] {
  const component = textAt(pod.labels, 'app.kubernetes.io/component') ?? '';
  return objectsAt(pod.spec, 'volumes').flatMap((volume, index) => {
    const secret = textAt(volume, 'secret', 'secretName');
    const certificate = documents.find(
      (each) => kindOf(each) === 'Certificate' && at(each, 'spec', 'secretName') === secret,
    );
    if (secret === undefined || certificate === undefined) return [];
    const uri = textAt(certificate, 'spec', 'uris', 0) ?? '';
    if (parseIdentity(uri)?.role === component) return [];
    const sentence = `the ${component} would speak as ${uri}`;
    return [{ document: titleOf(pod.document), path: [...pod.path, 'spec', 'volumes', index], sentence }];
  });
}

/** A certificate that is no authority names exactly one identity, and the hosts that the service of that role is called by. */
function checkCertificate(document: JsonObject, documents: readonly JsonObject[]): Problem[] {
  const spec = objectAt(document, 'spec');
  const problem = (field: string, sentence: string): Problem => ({
    document: titleOf(document),
    path: ['spec', field],
    sentence,
  });
  if (spec['isCA'] === true) return 'commonName' in spec ? [] : [problem('commonName', 'an authority has a name')];
  const texts = (field: string): string[] => [at(spec, field) ?? []].flat().map(String);
  const [uri = '', ...others] = texts('uris');
  const role = parseIdentity(uri)?.role;
  const found: Problem[] = [];
  if (role === undefined || others.length > 0) found.push(problem('uris', 'wants exactly one spiffe://domain/role'));
  for (const usage of ['digital signature', 'client auth', 'server auth'])
    if (!texts('usages').includes(usage)) found.push(problem('usages', `lack ${usage}`));
  const hosts = documents
    .filter(
      (each) => kindOf(each) === 'Service' && at(each, 'spec', 'selector', 'app.kubernetes.io/component') === role,
    )
    .map(nameOf);
  for (const host of hosts)
    if (!texts('dnsNames').includes(host)) found.push(problem('dnsNames', `lack ${host}, by which it is called`));
  return found;
}
