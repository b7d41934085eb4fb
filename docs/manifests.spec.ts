/** Follows docs/manifests.md: its commands run, its overlay is the one that is there, its tables are so. */
import { loadDataset } from '@theriac/datasets';
import { loadTestSplit } from '@theriac/datasets/test-split';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { hasKubectl, kustomizationsIn } from '../tools/kubernetes/render';
import { follow, readPage } from './page-commands';

const { page, commands } = readPage('manifests.md');
const data = process.env['THERIAC_DATA'];
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'theriac-docs-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('shows the overlay that is there', () => {
  const [, file = '', content] = /^```yaml file=(\S+)\n([\s\S]*?)^```$/m.exec(page) ?? [];
  expect(readFileSync(path.join(__dirname, '..', file), 'utf8')).toBe(content);
});

it('names every component, overlay and job', () => {
  const [, table = ''] = /(\| folder[\s\S]*?)\n\n/.exec(page) ?? [];
  const names = ['components', 'overlays', 'jobs'].flatMap(kustomizationsIn).map((name) => path.basename(name));
  expect(names.length).toBeGreaterThan(12);
  for (const name of names) expect(table).toContain(`\`${name}\``);
});

it('makes the Secrets that the pods mount', () => {
  const [certificates = '', ...secrets] = commands;
  expect(follow(certificates, folder)).toContain('spiffe://theriac/driver');
  expect(secrets).toHaveLength(4);
  if (!hasKubectl()) return void process.stderr.write('notice: no Secret is made: there is no kubectl\n');
  for (const line of secrets) {
    const [, ...words] = line.split(' ');
    const made = execFileSync('kubectl', [...words, '--dry-run=client', '--output=json'], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect(Object.keys((JSON.parse(made) as { data: object }).data).sort()).toEqual(['ca.crt', 'tls.crt', 'tls.key']);
  }
}, 120_000);

if (!data) process.stderr.write('THERIAC_DATA is not set: no test split is withheld.\n');
else
  it('withholds the test splits of MNIST and CIFAR-10', async () => {
    const [script = ''] = [...page.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, body = '']) => body);
    const whole = path.join(folder, 'data');
    mkdirSync(whole);
    for (const name of ['mnist', 'cifar-10'])
      cpSync(path.join(data, name), path.join(whole, name), { recursive: true });
    execFileSync('bash', ['-euc', script], { cwd: folder, env: { ...process.env, THERIAC_DATA: whole } });
    const directory = path.join(folder, 'data-training');
    expect(readdirSync(path.join(directory, 'cifar-10'))).toContain('test_batch.bin');
    for (const id of ['mnist', 'cifar-10']) {
      const [fenced, known] = await Promise.all(
        [directory, data].map((each) => loadDataset(id, { directory: each, trainLimit: 5, download: false })),
      );
      expect(fenced).toEqual(known);
      await expect(loadTestSplit(id, { directory, download: false })).rejects.toThrow(/cut short|0 bytes/);
    }
  }, 120_000);
