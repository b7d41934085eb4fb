/** Follows docs/kubernetes.md as far as that needs no cluster: its commands run, what it applies is there, what it names exists. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { createProgram } from '../apps/cli/src/program';
import { follow, readPage } from './page-commands';

const root = path.join(__dirname, '..');
const { page, commands } = readPage('kubernetes.md');
const typed = [...page.matchAll(/^```sh(?: run)?\n([\s\S]*?)^```$/gm)].flatMap(([, body = '']) =>
  body.replaceAll('\\\n', '').trim().split('\n'),
);

const said = new Map<string, RegExp>([
  ['npx theriac sweep deploy/kubernetes/jobs/sweep/plan.yaml --dry-run', /^6 games, \d played\.$/m],
  [
    'npx theriac sweep deploy/kubernetes/jobs/sweep/plan.yaml --engine kubernetes --manifest',
    /completionMode: Indexed[\s\S]*image: theriac\/driver:/,
  ],
]);

it('says what each command is good for', () => expect(commands).toEqual([...said.keys()]));

it.each(commands)('can be followed: %s', (line) => expect(follow(line, root)).toMatch(said.get(line) ?? /^$/), 60_000);

it('applies and looks at what is there', () => {
  const folders = typed.flatMap((line) => /(?:-k|kustomize) (\S+)/.exec(line)?.[1] ?? []);
  expect(folders.length).toBeGreaterThan(4);
  for (const folder of folders)
    expect([folder, existsSync(path.join(root, folder, 'kustomization.yaml'))]).toEqual([folder, true]);
});

it('names Jobs, Services, Deployments and Secrets that are there', () => {
  const names = [...page.matchAll(/\b(?:job|service|deployment)\/([a-z-]+)/g)].map(([, name = '']) => name);
  const deployed = [
    'base/trainer',
    'jobs/play/play',
    'jobs/sweep/sweep',
    'components/grafana/grafana',
    'components/jaeger/jaeger',
  ]
    .map((name) => readFileSync(path.join(root, 'deploy', 'kubernetes', `${name}.yaml`), 'utf8'))
    .join('\n');
  expect(new Set(names).size).toBeGreaterThan(3);
  for (const name of names) expect(deployed).toContain(`  name: ${name}\n`);
});

it('names options that there are', () => {
  const verb = createProgram().commands.find((command) => command.name() === 'sweep');
  const known = verb?.options.map(({ long }) => long) ?? [];
  const lines = typed.filter((line) => line.startsWith('npx theriac'));
  const named = lines.flatMap((line) => [...line.matchAll(/--[a-z-]+/g)].map(([option]) => option));
  const inText = [
    '--retries',
    '--max-failed',
    '--cancel',
    '--telemetry',
    '--run-store',
    '--memory-per-game',
    '--runs-dir',
  ];
  for (const option of inText) expect(page).toContain(`\`${option}`);
  for (const option of [...named, ...inText]) expect(known).toContain(option);
});
