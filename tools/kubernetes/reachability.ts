/** Whom the network policies let through, held against the policy of the services themselves. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import {
  at,
  isArray,
  isObject,
  kindOf,
  nameOf,
  objectAt,
  objectsAt,
  readDocuments,
  type JsonObject,
  type Problem,
} from './documents';
import { selects } from './selectors';
import { servicePorts } from './services';

const policyFile = path.join(__dirname, '..', '..', 'libs', 'service-kit', 'policy.yaml');
const healthPort = 50_060;

/** A pod, or a place outside the cluster. */
interface Place {
  readonly labels: JsonObject;
  /** Labels of its namespace; none: this one. */
  readonly namespace?: JsonObject;
  readonly outside?: true;
}

const own = (component: string): Place => ({
  labels: { 'app.kubernetes.io/name': 'theriac', 'app.kubernetes.io/component': component },
});
const stranger: Place = { labels: { app: 'stranger' } };
const kubeSystem = { 'kubernetes.io/metadata.name': 'kube-system' };
const dns: Place = { labels: { 'k8s-app': 'kube-dns' }, namespace: kubeSystem };
const internet: Place = { labels: {}, outside: true };

/** Who may stand in the namespace. A `game` is a pod of a sweep, with services of its own; a `sweeper` makes Jobs; a `loader` takes data. */
const peers: Readonly<Record<string, Place>> = {
  ...Object.fromEntries(
    ['trainer', 'attacker', 'evaluator', 'driver', 'game', 'sweeper', 'loader'].map((role) => [role, own(role)]),
  ),
  stranger,
};

/** The callers of each service, as its policy names them. */
function callersOf(policy: JsonObject, server: string): Set<string> {
  const methods = Object.entries(objectAt(policy, server)).filter(([method]) => method.startsWith('theriac.v1.'));
  return new Set(methods.flatMap(([, roles]) => (isArray(roles) ? roles.map(String) : [])));
}

/** What the policies allow and the game does not, and the other way round. Nothing where no policy concerns the trainer. */
export function checkReachability(documents: readonly JsonObject[]): Problem[] {
  const policies = documents.filter((document) => kindOf(document) === 'NetworkPolicy');
  // Components of their own may have policies of their own.
  if (!policies.some((each) => selects(objectAt(each, 'spec', 'podSelector'), own('trainer').labels))) return [];
  const [policy = {}] = readDocuments(readFileSync(policyFile, 'utf8'), policyFile);
  const problems: Problem[] = [];
  // The API server of a sweeper has an address of its own; games leave where their cards go to an object store.
  const leaves = ['sweeper', ...(policies.some((each) => nameOf(each) === 'theriac-object-store') ? ['game'] : [])];
  for (const [peer, place] of Object.entries(peers)) {
    const ours = peer !== 'stranger';
    // Each side alone: one policy that fails leaves the other.
    for (const [server, port] of Object.entries(servicePorts)) {
      const allowed = callersOf(policy, server).has(peer);
      const target = own(server);
      hold(`${peer} may call the ${server}`, mayCall(policies, place, target, port), allowed);
      hold(`the ${server} answers ${peer}`, answers(policies, place, target, port), allowed);
      hold(`the ${server} answers ${peer} about its health`, answers(policies, place, target, healthPort), false);
    }
    for (const protocol of ['UDP', 'TCP'] as const)
      hold(`${peer} may ask for names by ${protocol}`, mayCall(policies, place, dns, 53, protocol), ours);
    hold(`${peer} may send telemetry`, mayCall(policies, place, collector(documents), 4318), ours);
    hold(
      `${peer} may call other pods of kube-system`,
      mayCall(policies, place, { labels: {}, namespace: kubeSystem }, 53),
      false,
    );
    hold(`${peer} may call other namespaces`, mayCall(policies, place, { ...dns, namespace: {} }, 53), false);
    hold(`${peer} may call beyond the cluster`, mayCall(policies, place, internet, 443), leaves.includes(peer));
    hold(`${peer} may call anybody on the internet`, mayCall(policies, place, internet, 80), false);
  }
  hold('a stranger may be called by strangers', answers(policies, stranger, stranger, 80), false);
  return problems;

  function hold(sentence: string, found: boolean, allowed: boolean): void {
    if (found !== allowed)
      problems.push({ document: 'NetworkPolicy', path: [], sentence: found ? sentence : `not so: ${sentence}` });
  }
}

/** The collector's pods, as a Deployment of that name has them. */
function collector(documents: readonly JsonObject[]): Place {
  const found = documents.find(
    (each) => kindOf(each) === 'Deployment' && at(each, 'metadata', 'name') === 'otel-collector',
  );
  const labels = objectAt(found, 'spec', 'template', 'metadata', 'labels');
  return { labels: found === undefined ? { 'app.kubernetes.io/name': 'otel-collector' } : labels };
}

type Protocol = 'TCP' | 'UDP';

/** Whether the policies let packets of a pod out to a port elsewhere. */
function mayCall(
  policies: readonly JsonObject[],
  from: Place,
  to: Place,
  port: number,
  protocol: Protocol = 'TCP',
): boolean {
  return passes(policies, from, { peer: to, port, protocol, type: 'Egress', list: 'egress', side: 'to' });
}

/** Whether the policies let packets from elsewhere in to a port of a pod. */
function answers(policies: readonly JsonObject[], from: Place, to: Place, port: number): boolean {
  return passes(policies, to, { peer: from, port, protocol: 'TCP', type: 'Ingress', list: 'ingress', side: 'from' });
}

interface Passage {
  readonly peer: Place;
  readonly port: number;
  readonly protocol: Protocol;
  readonly type: 'Egress' | 'Ingress';
  readonly list: 'egress' | 'ingress';
  readonly side: 'to' | 'from';
}

function passes(policies: readonly JsonObject[], pod: Place, passage: Passage): boolean {
  const concerned = policies.filter((policy) => {
    const types = at(policy, 'spec', 'policyTypes');
    return (
      isArray(types) && types.includes(passage.type) && selects(objectAt(policy, 'spec', 'podSelector'), pod.labels)
    );
  });
  if (concerned.length === 0) return true;
  return concerned.some((policy) => objectsAt(policy, 'spec', passage.list).some((rule) => ruleLets(rule, passage)));
}

function ruleLets(rule: JsonObject, { peer, port, protocol, side }: Passage): boolean {
  const anybody = !(side in rule) || objectsAt(rule, side).some((each) => peerLets(each, peer));
  const ports = objectsAt(rule, 'ports').filter((each) => each['protocol'] === protocol);
  return anybody && (!('ports' in rule) || ports.some((each) => coversPort(each, port)));
}

function coversPort(rule: JsonObject, port: number): boolean {
  const [from, to] = [rule['port'], rule['endPort'] ?? rule['port']];
  if (from === undefined) return true;
  return typeof from === 'number' && typeof to === 'number' && from <= port && port <= to;
}

function peerLets(rule: JsonObject, { labels, namespace, outside }: Place): boolean {
  if ('ipBlock' in rule) return outside === true;
  if (outside) return false;
  const wanted = rule['namespaceSelector'];
  const here = isObject(wanted) ? selects(wanted, namespace ?? {}) : namespace === undefined;
  return here && selects(objectAt(rule, 'podSelector'), labels);
}
