/** What the types leave open: names, labels, quantities, whole numbers, percentages, durations, images. */
import {
  at,
  isObject,
  kindOf,
  objectAt,
  titleOf,
  valuesIn,
  type Json,
  type JsonObject,
  type Path,
  type Problem,
} from './documents';

const labelName = /^(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?\/)?[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;
const labelValue = /^(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$/;
const objectName = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const portName = /^(?=.*[a-z])[a-z0-9](?:[a-z0-9-]{0,13}[a-z0-9])?$/;
const quantity = /^(\d+(?:\.\d+)?)(m|k|M|G|T|Ki|Mi|Gi|Ti)?$/;
const duration = /^(?:\d+(?:\.\d+)?(?:h|m|s))+$/;
const countOrShare = /^(?:100|[1-9]?\d)%$/;
const image = /^[a-z0-9][a-z0-9._/:-]*(?::[A-Za-z0-9_][A-Za-z0-9._-]{0,127}|@sha256:[0-9a-f]{64})$/;

/** Labels that are in use here; any other is taken for a slip. */
const knownLabels = new Set([
  ...['name', 'component', 'part-of', 'version', 'instance', 'managed-by'].map((each) => `app.kubernetes.io/${each}`),
  ...['enforce', 'enforce-version', 'audit', 'warn'].map((each) => `pod-security.kubernetes.io/${each}`),
  'kubernetes.io/metadata.name',
  'kueue.x-k8s.io/queue-name',
  'k8s-app',
]);
/** The prefix of this project's own labels. */
const ownLabels = 'theriac/';
const knownResources = new Set(['cpu', 'memory', 'ephemeral-storage', 'storage', 'nvidia.com/gpu']);
const quotas =
  /^(?:(?:requests|limits)\.(?:cpu|memory|ephemeral-storage|storage|nvidia\.com\/gpu)|count\/[a-z]+(?:\.[a-z]+)?)$/;

/** The size of a quantity in its base unit; undefined where it is none. */
export function sizeOf(text: Json | undefined): number | undefined {
  const [, digits, unit = ''] = (typeof text === 'string' && quantity.exec(text)) || [];
  return digits === undefined ? undefined : Number(digits) * (units[unit] ?? NaN);
}

const units: Readonly<Record<string, number>> = {
  '': 1,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};

/** Every value of a document that is not written as the API wants it. */
export function checkFormats(document: JsonObject): Problem[] {
  const problems: Problem[] = [];
  for (const { path, value } of valuesIn(document)) {
    const sentence = wrongIn(document, path, value);
    if (sentence !== undefined) problems.push({ document: titleOf(document), path, sentence });
  }
  return problems;
}

function wrongIn(document: JsonObject, path: Path, value: Json): string | undefined {
  const [last, above] = [path.at(-1), path.at(-2)];
  if (typeof value === 'number' && !(Number.isSafeInteger(value) && value >= 0))
    return `${value} is no whole number from 0 on`;
  if (typeof value === 'number' && /port$/i.test(String(last)) && !(value >= 1 && value <= 65_535))
    return `${value} is no port`;
  if (kindOf(document) === 'ConfigMap' && path[0] === 'data') return undefined;
  if (last === 'labels' && isObject(value) && isHalfNamed(value))
    return 'app.kubernetes.io/name: theriac and app.kubernetes.io/component go together';
  if (last === 'labels' || last === 'matchLabels' || (last === 'selector' && kindOf(document) === 'Service'))
    return isObject(value) ? wrongLabels(value) : undefined;
  if (isResources(path)) return isObject(value) ? wrongResources(value, knownResources) : undefined;
  if (last === 'hard' && kindOf(document) === 'ResourceQuota') return isObject(value) ? wrongQuota(value) : undefined;
  if (last === 'sizeLimit' && sizeOf(value) === undefined) return `${String(value)} is no quantity in quotes`;
  if (last === 'maxSurge' || last === 'maxUnavailable' || last === 'minAvailable') {
    const fits = typeof value === 'number' || (typeof value === 'string' && countOrShare.test(value));
    return fits ? undefined : `${String(value)} is neither a count nor a percentage`;
  }
  if (typeof value !== 'string') return undefined;
  if (last === 'duration' || last === 'renewBefore')
    return duration.test(value) ? undefined : `${value} is no duration such as 168h`;
  if (last === 'image')
    return image.test(value) && !value.endsWith(':latest') ? undefined : `${value} is no image with a tag or digest`;
  if (last === 'name' && path.at(-3) === 'ports')
    return portName.test(value) ? undefined : `${value} is no name of a port: 15 lower-case letters, digits, hyphens`;
  if (last === 'name' && (above === 'metadata' || isObjectReference(path)))
    return objectName.test(value) ? undefined : `${value} is no name of an object`;
  return value === '' && above !== 'apiGroups' ? 'is empty' : undefined;
}

const isHalfNamed = (labels: JsonObject): boolean =>
  (labels['app.kubernetes.io/name'] === 'theriac') !== 'app.kubernetes.io/component' in labels;
const isResources = (path: Path): boolean =>
  (path.at(-1) === 'requests' || path.at(-1) === 'limits') && path.at(-2) === 'resources';
const isObjectReference = (path: Path): boolean => /(?:Ref|containers|volumes)$/.test(String(path.at(-3)));

function wrongLabels(labels: JsonObject): string | undefined {
  for (const [name, value] of Object.entries(labels)) {
    if (!labelName.test(name) || !(knownLabels.has(name) || name.startsWith(ownLabels))) return `unknown label ${name}`;
    if (typeof value !== 'string' || !labelValue.test(value)) return `label ${name} is ${JSON.stringify(value)}`;
  }
  return undefined;
}

function wrongResources(amounts: JsonObject, known: ReadonlySet<string>): string | undefined {
  for (const [name, amount] of Object.entries(amounts)) {
    if (!known.has(name)) return `unknown resource ${name}`;
    if (sizeOf(amount) === undefined) return `${name} is ${JSON.stringify(amount)}, which is no quantity in quotes`;
  }
  return undefined;
}

function wrongQuota(amounts: JsonObject): string | undefined {
  const strange = Object.keys(amounts).find((name) => !quotas.test(name));
  return strange === undefined ? wrongResources(amounts, new Set(Object.keys(amounts))) : `unknown quota ${strange}`;
}

/** Requests above limits, per container of a pod. */
export function checkAmounts(document: JsonObject, container: JsonObject, path: Path): Problem[] {
  const limits = objectAt(container, 'resources', 'limits');
  return Object.entries(objectAt(container, 'resources', 'requests')).flatMap(([name, amount]) => {
    const [request, limit] = [sizeOf(amount), sizeOf(at(limits, name))];
    if (request === undefined || limit === undefined || request <= limit) return [];
    const sentence = `requests ${String(amount)} of ${name}, its limit is ${String(at(limits, name))}`;
    return [{ document: titleOf(document), path: [...path, 'resources', 'requests', name], sentence }];
  });
}
