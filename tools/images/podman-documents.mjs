// @ts-check
/**
 * From the rendered manifests to what `podman kube play` plays. Podman runs pods as Kubernetes would, with their users, mounts, roots and
 * capabilities; it has no Services, no gRPC probes and no network policies, and here a pod learns names from its hosts file alone. So:
 *
 *   Deployment  as it is rendered, one replica, without probes and ports, with the addresses of the others in hostAliases
 *   PVC         as it is rendered, owned by the user of the pods, as fsGroup would do
 *   Secret      as a ConfigMap made of a folder of certificates: podman 4.3 hands Secrets over in base64
 */
import fs from 'node:fs';
import path from 'node:path';

/**
 * @typedef {{ name: string, image: string, securityContext: object, volumeMounts: object[], [key: string]: unknown }} Container
 * @typedef {{ name: string, secret?: { secretName: string }, configMap?: { name: string }, persistentVolumeClaim?: { claimName: string } }} Volume
 * @typedef {{ containers: Container[], volumes: Volume[], [key: string]: unknown }} PodSpec
 * @typedef {{ kind: string, metadata: { name: string, [key: string]: unknown }, spec?: any, [key: string]: unknown }} Document
 * @typedef {Record<string, string>} Addresses IP addresses of pods, by role
 */

/** Of a container: podman has no gRPC probes, and would open its ports on this machine. */
const LEFT_OUT = new Set(['startupProbe', 'readinessProbe', 'livenessProbe', 'ports']);
const USER = '65532';

/** What all is called here, so that nothing else of the machine's is touched: theriac-runs becomes theriac-images-test-runs. */
export const PREFIX = 'theriac-images-test-';
/** @param {string} name as it is rendered */
export const nameHere = (name) => name.replace(/^theriac-/, PREFIX);
export const RUNS = nameHere('theriac-runs');

/**
 * The claims and certificates of all pods, then a Deployment for each role that has an address, in that order.
 *
 * @param {readonly Document[]} rendered
 * @param {Addresses} addresses
 * @param {string} certificates folder with a folder for each role
 * @returns {Document[]}
 */
export function servicePods(rendered, addresses, certificates) {
  const roles = Object.keys(addresses);
  const claims = rendered.filter(({ kind }) => kind === 'PersistentVolumeClaim').map(ownedByTheUser);
  const certified = roles.map((role) => configMapOf(secretName(role), path.join(certificates, role)));
  const deployments = roles.map((role) => {
    const deployment = deploymentOf(rendered, role);
    const { template } = deployment.spec;
    const spec = podSpec(template.spec, addresses);
    return {
      ...deployment,
      metadata: { ...deployment.metadata, name: nameHere(`theriac-${role}`) },
      spec: { ...deployment.spec, replicas: 1, template: { ...template, spec } },
    };
  });
  return [...claims, ...certified, ...deployments];
}

/**
 * A pod of the driver, fenced as the trainer's is, that is started again until it ends well, and its certificates.
 *
 * @param {readonly Document[]} rendered
 * @param {{ name: string, image: string, args: readonly string[], env: Record<string, string> }} driver
 * @param {Addresses} addresses
 * @param {string} certificates
 * @returns {Document[]}
 */
export function driverPod(rendered, { name, image, args, env }, addresses, certificates) {
  const { hostAliases, securityContext, containers, volumes } = podSpec(
    deploymentOf(rendered, 'trainer').spec.template.spec,
    addresses,
  );
  const [service] = /** @type {[Container]} */ (containers);
  const variables = { THERIAC_TLS: '/tls', THERIAC_DATA: '/data', THERIAC_CACHE: '/cache', ...env };
  const driver = {
    name: 'driver',
    image,
    args: [...args],
    env: Object.entries(variables).map(([key, value]) => ({ name: key, value })),
    securityContext: service.securityContext,
    volumeMounts: [...service.volumeMounts, { name: 'runs', mountPath: '/runs' }],
  };
  const own = volumes.map((volume) =>
    volume.configMap ? { ...volume, configMap: { name: secretName('driver') } } : volume,
  );
  const runs = { name: 'runs', persistentVolumeClaim: { claimName: RUNS } };
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { 'app.kubernetes.io/name': 'theriac', 'app.kubernetes.io/component': 'driver' } },
    spec: { restartPolicy: 'OnFailure', hostAliases, securityContext, containers: [driver], volumes: [...own, runs] },
  };
  return [configMapOf(secretName('driver'), path.join(certificates, 'driver')), pod];
}

/** @param {string} role */
const secretName = (role) => nameHere(`theriac-${role}-tls`);

/**
 * @param {PodSpec} spec
 * @param {Addresses} addresses
 * @returns {PodSpec}
 */
function podSpec(spec, addresses) {
  const containers = spec.containers.map(
    (container) =>
      /** @type {Container} */ (Object.fromEntries(Object.entries(container).filter(([key]) => !LEFT_OUT.has(key)))),
  );
  const hostAliases = Object.entries(addresses).map(([role, ip]) => ({ ip, hostnames: [`theriac-${role}`] }));
  return { ...spec, containers, hostAliases, volumes: spec.volumes.map(volumeHere) };
}

/**
 * @param {Volume} volume
 * @returns {Volume}
 */
function volumeHere({ secret, persistentVolumeClaim, ...volume }) {
  if (secret) return { ...volume, configMap: { name: nameHere(secret.secretName) } };
  if (!persistentVolumeClaim) return volume;
  return {
    ...volume,
    persistentVolumeClaim: { ...persistentVolumeClaim, claimName: nameHere(persistentVolumeClaim.claimName) },
  };
}

/**
 * @param {Document} claim
 * @returns {Document}
 */
function ownedByTheUser(claim) {
  const annotations = { 'volume.podman.io/uid': USER, 'volume.podman.io/gid': USER };
  return { ...claim, metadata: { ...claim.metadata, name: nameHere(claim.metadata.name), annotations } };
}

/**
 * @param {string} name
 * @param {string} folder
 * @returns {Document}
 */
function configMapOf(name, folder) {
  const files = ['tls.crt', 'tls.key', 'ca.crt'];
  const data = Object.fromEntries(files.map((file) => [file, fs.readFileSync(path.join(folder, file), 'utf8')]));
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data };
}

/**
 * @param {readonly Document[]} rendered
 * @param {string} role
 */
function deploymentOf(rendered, role) {
  const name = `theriac-${role}`;
  const found = rendered.find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === name);
  if (!found) throw new Error(`the rendered manifests have no Deployment ${name}`);
  return found;
}
