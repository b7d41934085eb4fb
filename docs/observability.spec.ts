/** docs/observability.md names every metric, every alert, every span and every file there is. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { metricNames, spanNames } from '../libs/service-kit/src/telemetry/names';
import { prometheusName } from '../tools/observability/prometheus-series';
import { ruleQueries } from '../tools/observability/queries';

const page = readFileSync(path.join(__dirname, 'observability.md'), 'utf8');
const rowsUnder = (heading: string): string[][] => {
  const [, section = ''] = page.split(`\n## ${heading}\n`);
  const [text = ''] = section.split('\n## ');
  const rows = [...text.matchAll(/^\| (`.*) \|$/gm)].map(([, row = '']) => row.split('|'));
  return rows.map((row) => row.map((cell) => cell.trim().replaceAll('`', '')));
};
const kinds = {
  counter: 'counter',
  'observed-counter': 'counter',
  gauge: 'gauge',
  'observed-gauge': 'gauge',
  'up-down-counter': 'gauge',
  histogram: 'histogram',
} as const;

it('has a row for every metric', () => {
  const expected = Object.values(metricNames).map(({ name, unit, kind, description }) => {
    const told = kinds[kind];
    return [name, prometheusName({ name, unit, kind: told }), told, description];
  });
  expect(rowsUnder('Metrics')).toEqual(expected);
});

it('has a row for every alert', () => {
  expect(rowsUnder('Alerts').map(([name]) => name)).toEqual(ruleQueries('alert-rules.yml').map(({ place }) => place));
});

it('names every span', () => {
  for (const name of Object.values(spanNames)) expect(page).toContain(name);
});
