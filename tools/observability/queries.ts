/** Every query that deploy/observability asks of Prometheus. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';

export const observabilityFolder = path.join(__dirname, '..', '..', 'deploy', 'observability');

export interface Query {
  /** Where it stands. */
  readonly place: string;
  readonly expression: string;
  /** The name under which a rule records it. */
  readonly record?: string;
}

interface Target {
  readonly expr: string;
}
export interface Dashboard {
  readonly panels: readonly {
    readonly id: number;
    readonly title: string;
    readonly type: string;
    readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
    readonly targets?: readonly Target[];
  }[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly definition: string }[] };
}
interface Rules {
  readonly groups: readonly {
    readonly rules: readonly { readonly record?: string; readonly alert?: string; readonly expr: string }[];
  }[];
}

const read = (name: string): string => readFileSync(path.join(observabilityFolder, name), 'utf8');

export const readDashboard = (): Dashboard => JSON.parse(read('grafana/theriac.json')) as Dashboard;

/** The panels' queries, and the series that the variables choose from. */
export function dashboardQueries({ panels, templating }: Dashboard): Query[] {
  return [
    ...panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ place: title, expression: expr }))),
    ...templating.list.map(({ name, definition }) => ({
      place: `$${name}`,
      expression: /^label_values\((.*), \w+\)$/.exec(definition)?.[1] ?? definition,
    })),
  ];
}

/** The expressions of the recording rules or of the alerts. */
export function ruleQueries(file: 'recording-rules.yml' | 'alert-rules.yml'): Query[] {
  const { groups } = parse(read(`prometheus/${file}`)) as Rules;
  return groups
    .flatMap(({ rules }) => rules)
    .map(({ record, alert, expr }) => ({
      place: record ?? alert ?? '',
      expression: expr,
      ...(record === undefined ? {} : { record }),
    }));
}
