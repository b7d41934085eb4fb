/** The pod that plays one game: the driver, and the three services beside it, each with sockets, scratch and data of its own. */
import type {
  V1Container,
  V1EnvVar,
  V1PodTemplateSpec,
  V1Probe,
  V1Volume,
  V1VolumeMount,
} from '@kubernetes/client-node';
import { roles } from '../../driver/players';
import type { Role } from '../../driver/players';
import type { RunStore } from './run-store';

export interface PodChoice {
  /** Images of the services and of the driver. */
  readonly images: Readonly<Record<Role | 'driver', string>>;
  readonly runStore: RunStore;
  /** Secret with the keys of an object store, read by the driver alone; undefined: the pod's own identity serves. */
  readonly storeSecret: string | undefined;
  /** Claim with the whole data sets, for the evaluator alone; undefined: none. */
  readonly dataClaim: string | undefined;
  /** Claim with the data sets without their test splits, for everybody else; undefined: none. */
  readonly trainingDataClaim: string | undefined;
  readonly threads: number;
  /** Memory of the whole pod, MiB. */
  readonly memoryMebibytes: number;
  /** Where telemetry goes; undefined: nowhere. */
  readonly telemetry: string | undefined;
  /** ConfigMap with the plan and its games. */
  readonly plan: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** The containers of a pod share its ports. */
const healthPorts: Readonly<Record<Role, number>> = { trainer: 50061, attacker: 50062, evaluator: 50063 };
const owner = 65532;
/** Longer than a service has to finish what is under way, and than the driver needs to write a checkpoint. */
const graceSeconds = 60;
const scratchMebibytes = 4096;

const folderOf = (role: Role): string => `/run/theriac/${role}`;
const addressOf = (role: Role): string => `unix:${folderOf(role)}/${role}.sock`;

/** Whose sockets a container sees: an attacker can reach the trainer, for a remote follower, and never the evaluator. */
const sockets: Readonly<Record<Role | 'driver', readonly Role[]>> = {
  trainer: ['trainer'],
  attacker: ['attacker', 'trainer'],
  evaluator: ['evaluator'],
  driver: roles,
};

export function gamePod(choice: PodChoice): V1PodTemplateSpec {
  return {
    metadata: { labels: { ...choice.labels } },
    spec: {
      restartPolicy: 'Never',
      serviceAccountName: 'theriac-driver',
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: graceSeconds,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: owner,
        runAsGroup: owner,
        fsGroup: owner,
        fsGroupChangePolicy: 'OnRootMismatch',
        seccompProfile: { type: 'RuntimeDefault' },
      },
      initContainers: roles.map((role) => service(role, choice)),
      containers: [driver(choice)],
      volumes: volumesOf(choice),
    },
  };
}

/** A service that starts before the driver, is started again when it dies, and ends with it. */
function service(role: Role, choice: PodChoice): V1Container {
  const port = healthPorts[role];
  const probe: V1Probe = { grpc: { port }, timeoutSeconds: 5 };
  return {
    ...container(role, choice),
    restartPolicy: 'Always',
    ports: [{ name: role, containerPort: port }],
    env: [
      { name: 'THERIAC_LISTEN', value: addressOf(role) },
      { name: 'THERIAC_HEALTH_LISTEN', value: `0.0.0.0:${port}` },
      ...(role === 'attacker' ? [{ name: 'THERIAC_TRAINER', value: addressOf('trainer') }] : []),
      ...environment(choice),
    ],
    startupProbe: { ...probe, periodSeconds: 1, failureThreshold: 120 },
    livenessProbe: { ...probe, periodSeconds: 10, failureThreshold: 3 },
  };
}

function driver(choice: PodChoice): V1Container {
  const { runStore, storeSecret } = choice;
  const stored = runStore.kind === 's3' ? ['--run-store', runStore.text] : [];
  return {
    ...container('driver', choice),
    args: [
      ...['sweep', '/sweep/plan.yaml', '--games', '/sweep/games', '--runs-dir', '/runs', ...stored, '--quiet'],
      ...roles.flatMap((role) => [`--${role}`, addressOf(role)]),
    ],
    env: environment(choice),
    ...(runStore.kind === 's3' && storeSecret !== undefined ? { envFrom: [{ secretRef: { name: storeSecret } }] } : {}),
    // Its last words say why a game failed.
    terminationMessagePolicy: 'FallbackToLogsOnError',
  };
}

/** What all four have in common. */
function container(name: Role | 'driver', choice: PodChoice): V1Container {
  const { images, memoryMebibytes, threads } = choice;
  const isDriver = name === 'driver';
  // One of the services computes at a time: together they ask for what one needs, and each may take it all.
  const share = Math.floor((memoryMebibytes * (isDriver ? 3 : 7)) / 24);
  return {
    name,
    image: images[name],
    imagePullPolicy: 'IfNotPresent',
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
    resources: {
      requests: {
        cpu: isDriver ? '50m' : `${Math.ceil((threads * 1000) / 3)}m`,
        memory: `${share}Mi`,
        'ephemeral-storage': '256Mi',
      },
      limits: { memory: `${memoryMebibytes}Mi`, 'ephemeral-storage': `${2 * scratchMebibytes}Mi` },
    },
    volumeMounts: mountsOf(name, choice),
  };
}

function mountsOf(name: Role | 'driver', { dataClaim, trainingDataClaim }: PodChoice): V1VolumeMount[] {
  const [claim, data] = name === 'evaluator' ? [dataClaim, 'data'] : [trainingDataClaim, 'training-data'];
  return [
    ...sockets[name].map((role) => ({ name: `${role}-socket`, mountPath: folderOf(role) })),
    { name: `${name}-scratch`, mountPath: '/tmp' },
    { name: `${name}-scratch`, mountPath: '/cache' },
    ...(claim === undefined ? [] : [{ name: data, mountPath: '/data', readOnly: true }]),
    ...(name === 'driver'
      ? [
          { name: 'plan', mountPath: '/sweep', readOnly: true },
          { name: 'runs', mountPath: '/runs' },
        ]
      : []),
  ];
}

function environment({ threads, telemetry }: PodChoice): V1EnvVar[] {
  return [
    { name: 'THERIAC_DATA', value: '/data' },
    { name: 'THERIAC_CACHE', value: '/cache' },
    { name: 'THERIAC_THREADS', value: String(threads) },
    { name: 'THERIAC_BLOB_DISK_MIB', value: String(scratchMebibytes / 2) },
    ...(telemetry === undefined ? [] : [{ name: 'OTEL_EXPORTER_OTLP_ENDPOINT', value: telemetry }]),
  ];
}

function volumesOf({ plan, runStore, dataClaim, trainingDataClaim }: PodChoice): V1Volume[] {
  const scratch = { sizeLimit: `${scratchMebibytes}Mi` };
  return [
    { name: 'plan', configMap: { name: plan } },
    runStore.kind === 'claim'
      ? { name: 'runs', persistentVolumeClaim: { claimName: runStore.claim } }
      : { name: 'runs', emptyDir: scratch },
    ...roles.map((role) => ({ name: `${role}-socket`, emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } })),
    ...[...roles, 'driver'].map((name) => ({ name: `${name}-scratch`, emptyDir: scratch })),
    ...(dataClaim === undefined ? [] : [claimed('data', dataClaim)]),
    ...(trainingDataClaim === undefined ? [] : [claimed('training-data', trainingDataClaim)]),
  ];
}

const claimed = (name: string, claimName: string): V1Volume => ({
  name,
  persistentVolumeClaim: { claimName, readOnly: true },
});
