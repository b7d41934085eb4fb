/** Who stands in the network, and who may call whom, on which port: what the network policies have to come to. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { isArray, kindOf, nameOf, objectAt, readDocuments, type JsonObject } from './documents';
import { servicePorts } from './services';

const policyFile = path.join(__dirname, '..', '..', 'libs', 'service-kit', 'policy.yaml');

/** A pod, or somewhere outside the cluster. */
export interface Place {
  readonly name: string;
  readonly labels: JsonObject;
  /** Labels of its namespace; none: this one. */
  readonly namespace?: JsonObject;
  readonly outside?: true;
}

export interface Port {
  readonly port: number;
  readonly protocol: 'TCP' | 'UDP';
}

/** A `game` is a pod of a sweep, with services of its own; a `sweeper` makes Jobs; a `loader` takes data. */
const components = ['trainer', 'attacker', 'evaluator', 'driver', 'game', 'sweeper', 'loader'];
const watchers = ['otel-collector', 'prometheus', 'jaeger', 'grafana'];

/** Pods of this namespace: ours, others that have one of our labels but not both, and strangers. */
const residents: readonly Place[] = [
  ...components.map((name) => ({
    name,
    labels: { 'app.kubernetes.io/name': 'theriac', 'app.kubernetes.io/component': name },
  })),
  ...components.map((name) => ({
    name: `another program's ${name}`,
    labels: { 'app.kubernetes.io/name': 'other', 'app.kubernetes.io/component': name },
  })),
  { name: 'a stranger', labels: { app: 'stranger' } },
];
const dnsLabels = { 'k8s-app': 'kube-dns' };
const kubeSystem = { 'kubernetes.io/metadata.name': 'kube-system' };
const abroad: readonly Place[] = [
  { name: 'DNS', labels: dnsLabels, namespace: kubeSystem },
  { name: 'a pod of kube-system', labels: { app: 'stranger' }, namespace: kubeSystem },
  { name: 'a DNS of another namespace', labels: dnsLabels, namespace: { 'kubernetes.io/metadata.name': 'other' } },
  { name: 'the internet', labels: {}, outside: true },
];

/** The network of some documents. */
export interface Network {
  /** Whose policies are there. */
  readonly fenced: readonly Place[];
  /** Whom they could call, or be called by. */
  readonly places: readonly Place[];
  readonly ports: readonly Port[];
  /** Whether one may call the other. */
  calls(from: Place, to: Place, port: Port): boolean;
  /** Whether one answers the other: some may call anywhere, and are not answered everywhere. */
  answers(to: Place, from: Place, port: Port): boolean;
}

const tcp = (port: number): Port => ({ port, protocol: 'TCP' });
const apiPorts = [443, 6443];
const namesPorts: readonly Port[] = [tcp(53), { port: 53, protocol: 'UDP' }];
const [telemetry, metrics, traces, queries, pictures] = [4318, 8889, 4317, 9090, 16_686];

/** What the documents' network is meant to be: the services' own policy says who calls them. */
export function networkOf(documents: readonly JsonObject[]): Network {
  const [policy = {}] = readDocuments(readFileSync(policyFile, 'utf8'), policyFile);
  const there = (kind: string, name: string) =>
    documents.some((each) => kindOf(each) === kind && nameOf(each) === name);
  const watching = watchers.map((name) => ({ name, labels: { 'app.kubernetes.io/name': name } }));
  const edges = new Set<string>();
  const edge = (from: string, to: string, { port, protocol }: Port) => `${from} > ${to} ${port} ${protocol}`;
  for (const [server, port] of Object.entries(servicePorts))
    for (const caller of callersOf(policy, server)) edges.add(edge(caller, server, tcp(port)));
  for (const port of namesPorts)
    for (const name of [...components, 'otel-collector', 'prometheus', 'grafana']) edges.add(edge(name, 'DNS', port));
  for (const name of components) edges.add(edge(name, 'otel-collector', tcp(telemetry)));
  edges.add(edge('prometheus', 'otel-collector', tcp(metrics)));
  edges.add(edge('otel-collector', 'jaeger', tcp(traces)));
  edges.add(edge('grafana', 'prometheus', tcp(queries)));
  edges.add(edge('grafana', 'jaeger', tcp(pictures)));
  if (there('NetworkPolicy', 'theriac-object-store')) edges.add(edge('game', 'the internet', tcp(443)));
  return {
    fenced: [...residents, ...watching.filter(({ name }) => there('Deployment', name))],
    places: [...residents, ...watching, ...abroad],
    ports: [
      ...[...Object.values(servicePorts), 50_060, telemetry, metrics, traces, queries, pictures, 80, ...apiPorts].map(
        tcp,
      ),
      ...namesPorts,
    ],
    // The API server has an address that no selector can name.
    calls: (from, to, port) =>
      edges.has(edge(from.name, to.name, port)) || (from.name === 'sweeper' && apiPorts.includes(port.port)),
    answers: (to, from, port) => edges.has(edge(from.name, to.name, port)),
  };
}

/** The callers of a service, as its policy names them. */
function callersOf(policy: JsonObject, server: string): Set<string> {
  const methods = Object.entries(objectAt(policy, server)).filter(([method]) => method.startsWith('theriac.v1.'));
  const roles = methods.flatMap(([, each]) => (isArray(each) ? each.map(String) : []));
  return new Set(roles.filter((role) => role !== 'observer')); // an observer has no pod
}
