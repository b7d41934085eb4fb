/** Whom the network policies let through, as Kubernetes reads them, held against who may call whom. */
import { at, isArray, isObject, kindOf, objectAt, objectsAt, type JsonObject, type Problem } from './documents';
import { networkOf, type Place, type Port } from './network-edges';
import { selects } from './selectors';

/** Calls that policies allow and the game does not, and the other way round. Nothing where no policy concerns the trainer. */
export function checkReachability(documents: readonly JsonObject[]): Problem[] {
  const policies = documents.filter((document) => kindOf(document) === 'NetworkPolicy');
  const { fenced, places, ports, calls, answers } = networkOf(documents);
  const concern = ({ labels }: Place) =>
    policies.filter((each) => selects(objectAt(each, 'spec', 'podSelector'), labels));
  if (!fenced.some((place) => place.name === 'trainer' && concern(place).length > 0)) return [];
  const problems: Problem[] = [];
  const hold = (sentence: string, found: boolean, meant: boolean) => {
    if (found === meant) return;
    problems.push({ document: 'NetworkPolicy', path: [], sentence: found ? sentence : `not so: ${sentence}` });
  };
  for (const pod of fenced) {
    const [out, into] = [passageOf(concern(pod), 'Egress'), passageOf(concern(pod), 'Ingress')];
    // Each side alone: one that fails leaves the other.
    for (const place of places) {
      for (const port of ports) {
        const what = `${port.protocol} ${port.port}`;
        hold(`${pod.name} may call ${place.name} at ${what}`, out(place, port), calls(pod, place, port));
        hold(`${pod.name} answers ${place.name} at ${what}`, into(place, port), answers(pod, place, port));
      }
    }
  }
  return problems;
}

type Passage = (peer: Place, port: Port) => boolean;

/** What the policies that concern a pod let through, one way. */
function passageOf(policies: readonly JsonObject[], type: 'Egress' | 'Ingress'): Passage {
  const [list, side] = type === 'Egress' ? ['egress', 'to'] : ['ingress', 'from'];
  const fencing = policies.filter((policy) => {
    const types = at(policy, 'spec', 'policyTypes');
    return isArray(types) && types.includes(type);
  });
  if (fencing.length === 0) return () => true;
  const rules = fencing.flatMap((policy) => objectsAt(policy, 'spec', list));
  return (peer, port) =>
    rules.some(
      (rule) =>
        (!('ports' in rule) || objectsAt(rule, 'ports').some((each) => covers(each, port))) &&
        (!(side in rule) || objectsAt(rule, side).some((each) => isPeer(each, peer))),
    );
}

function covers(rule: JsonObject, { port, protocol }: Port): boolean {
  const [from, to] = [rule['port'], rule['endPort'] ?? rule['port']];
  if (rule['protocol'] !== protocol) return false;
  return from === undefined || (typeof from === 'number' && typeof to === 'number' && from <= port && port <= to);
}

function isPeer(rule: JsonObject, { labels, namespace, outside }: Place): boolean {
  if ('ipBlock' in rule) return outside === true;
  if (outside) return false;
  const wanted = rule['namespaceSelector'];
  const near = isObject(wanted) ? selects(wanted, namespace ?? {}) : namespace === undefined;
  return near && selects(objectAt(rule, 'podSelector'), labels);
}
