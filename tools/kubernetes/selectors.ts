/** Which labels a selector takes, as Kubernetes reads it. */
import { at, isArray, objectAt, objectsAt, textAt, type JsonObject } from './documents';

/** Whether a LabelSelector takes these labels; an empty one takes all. */
export function selects(selector: JsonObject, labels: JsonObject): boolean {
  const alike = hasAll(objectAt(selector, 'matchLabels'), labels);
  return alike && objectsAt(selector, 'matchExpressions').every((expression) => holds(expression, labels));
}

/** Whether the labels hold all those that are wanted. */
export function hasAll(wanted: JsonObject, labels: JsonObject): boolean {
  return Object.entries(wanted).every(([name, value]) => at(labels, name) === value);
}

function holds(expression: JsonObject, labels: JsonObject): boolean {
  const value = at(labels, textAt(expression, 'key') ?? '');
  const list = at(expression, 'values');
  const values = isArray(list) ? list : [];
  switch (textAt(expression, 'operator')) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      throw new Error(`a selector has the operator ${String(at(expression, 'operator'))}`);
  }
}
