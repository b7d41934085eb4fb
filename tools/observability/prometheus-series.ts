/** Metrics as the Prometheus exporter of the OpenTelemetry Collector names them: units and kinds become suffixes. */
import type { Attributes, SeenPoint } from './otlp-receiver';

export interface Series {
  readonly name: string;
  readonly labels: Attributes;
  readonly value: number;
}

const units: Readonly<Record<string, string>> = { s: 'seconds', By: 'bytes', 1: '' };

const words = (text: string): string[] => text.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== '');

/** "theriac.steps", "{step}", counter: theriac_steps_total. A unit in braces is left out, one that the name has is not repeated. */
export function prometheusName({ name, unit, kind }: Pick<SeenPoint, 'name' | 'unit' | 'kind'>): string {
  const parts = words(name);
  const suffix = /[{}]/.test(unit) ? '' : words(units[unit] ?? unit).join('_');
  if (suffix !== '' && !parts.includes(suffix)) parts.push(suffix);
  const last = kind === 'counter' ? 'total' : kind === 'gauge' && unit === '1' ? 'ratio' : undefined;
  return (last === undefined ? parts : [...parts.filter((part) => part !== last), last]).join('_');
}

/** The series of a point, with the labels job ("namespace/service") and instance. */
export function seriesOf(point: SeenPoint): Series[] {
  const name = prometheusName(point);
  const { resource, attributes, buckets, sum = 0, value } = point;
  const labels = {
    job: `${resource['service.namespace']}/${resource['service.name']}`,
    instance: resource['service.instance.id'] ?? '',
    ...Object.fromEntries(Object.entries(attributes).map(([key, each]) => [words(key).join('_'), each])),
  };
  if (buckets === undefined) return [{ name, labels, value }];
  return [
    ...buckets.map(([le, count]) => ({ name: `${name}_bucket`, labels: { ...labels, le }, value: count })),
    { name: `${name}_sum`, labels, value: sum },
    { name: `${name}_count`, labels, value },
  ];
}

/** Series in the text format that Prometheus scrapes. */
export function expositionOf(series: readonly Series[]): string {
  const lines = series.map(({ name, labels, value }) => {
    const pairs = Object.entries(labels).map(([label, text]) => `${label}=${JSON.stringify(text)}`);
    return `${name}{${pairs.join(',')}} ${value}\n`;
  });
  return lines.sort().join('');
}
