/** Rendered manifests: every overlay, every component on its own, and the jobs beside an overlay. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readDocuments, type JsonObject } from './documents';

export const manifestsFolder = path.join(__dirname, '..', '..', 'deploy', 'kubernetes');

/** Whether manifests can be rendered here. */
export const hasKubectl = (): boolean =>
  spawnSync('kubectl', ['version', '--client'], { timeout: 60_000 }).status === 0;

/** A set of documents that is applied together. */
export interface Rendered {
  readonly name: string;
  readonly documents: readonly JsonObject[];
}

/** What a kustomization renders to. Throws what kubectl says where it does not. */
export function render(folder: string): JsonObject[] {
  const text = execFileSync('kubectl', ['kustomize', folder], {
    encoding: 'utf8',
    timeout: 60_000,
    maxBuffer: 1 << 26,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return readDocuments(text, path.relative(manifestsFolder, folder));
}

/** The kustomizations in a folder of deploy/kubernetes, by name. */
export function kustomizationsIn(folder: string): string[] {
  const place = path.join(manifestsFolder, folder);
  if (!existsSync(place)) return [];
  return readdirSync(place)
    .filter((name) => existsSync(path.join(place, name, 'kustomization.yaml')))
    .sort()
    .map((name) => `${folder}/${name}`);
}

/** The base with the components and further resources given, all named below deploy/kubernetes. */
export function renderTogether(resources: readonly string[], components: readonly string[]): JsonObject[] {
  const folder = mkdtempSync(path.join(tmpdir(), 'theriac-manifests-'));
  // kubectl takes no absolute paths.
  const relative = (name: string) => path.relative(folder, path.join(manifestsFolder, name));
  const kustomization = {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    namespace: 'theriac',
    resources: resources.map(relative),
    components: components.map(relative),
    labels: [{ pairs: { 'app.kubernetes.io/part-of': 'theriac' }, includeTemplates: true }],
  };
  try {
    writeFileSync(path.join(folder, 'kustomization.yaml'), JSON.stringify(kustomization));
    return render(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The base with all components and jobs: every kind of document that there is. */
export function renderWidest(): Rendered {
  const documents = renderTogether(['base', ...kustomizationsIn('jobs')], kustomizationsIn('components'));
  const quota = render(path.join(manifestsFolder, 'overlays/team')).filter(({ kind }) => kind === 'ResourceQuota');
  return { name: 'all kinds', documents: [...documents, ...quota] };
}

/** Everything under deploy/kubernetes, in the combinations that stand by themselves. */
export function renderEverything(): Rendered[] {
  const jobs = kustomizationsIn('jobs');
  return [
    { name: 'base', documents: render(path.join(manifestsFolder, 'base')) },
    ...kustomizationsIn('overlays').map((name) => ({ name, documents: renderTogether([name, ...jobs], []) })),
    ...kustomizationsIn('components').map((name) => ({ name, documents: renderTogether(['base', ...jobs], [name]) })),
  ];
}

/** Every YAML file under deploy/kubernetes, read strictly: kubectl forgives what a reader would not. */
export function readSources(folder = manifestsFolder): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.ya?ml$/.test(name))
    .sort()
    .map((name) => {
      readDocuments(readFileSync(path.join(folder, name), 'utf8'), name);
      return name;
    });
}
