import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { checkContent, checkDocuments } from './check';
import { kindOf, lineOf, nameOf, objectAt, objectsAt, readDocuments, titleOf, type JsonObject } from './documents';
import { drawMutants, mutationKinds, type Mutant } from './mutations';
import { hasKubectl, readSources, renderEverything, renderWidest, type Rendered } from './render';
import { checkRendered, type Checked } from './rendered-sets';
import { survivorsOf } from './survivors';

const root = path.join(__dirname, '..', '..');
const patience = 300_000;

it('reads every file under deploy/kubernetes strictly', () => {
  expect(readSources().length).toBeGreaterThan(20);
});

it.each([
  ['a: 1\na: 2\n', /keys must be unique/],
  ['mode: 0440\n', /put the value in quotes/],
  ['on: yes\n', /put the value in quotes/],
  ['a: &x 1\nb: *x\n', /Alias/],
  ['- 1\n', /no mapping/],
])('does not read %j', (text, why) => {
  expect(() => readDocuments(text, 'x.yaml')).toThrow(why);
});

if (!hasKubectl()) {
  it('manifests are rendered by kubectl, which is not here', () => {
    process.stderr.write('notice: no manifest is rendered: there is no kubectl\n');
  });
} else {
  describe('rendered manifests', () => {
    let checked: Checked[];
    let widest: Rendered;
    const named = (kind: string, name: string) =>
      widest.documents.find((each) => kindOf(each) === kind && nameOf(each) === name) ?? {};
    const lines = (documents: readonly JsonObject[]) => checkContent(documents).map(lineOf);
    /** All documents, one of them with its spec changed. */
    const withSpec = (kind: string, name: string, change: (spec: JsonObject) => JsonObject) =>
      widest.documents.map((each) =>
        each === named(kind, name) ? { ...each, spec: change(objectAt(each, 'spec')) } : each,
      );

    beforeAll(() => {
      checked = checkRendered(renderEverything());
      widest = renderWidest();
    }, patience);

    it('holds every overlay and every component', () => {
      const names = checked.map(({ rendered }) => rendered.name);
      expect(names).toEqual(expect.arrayContaining(['base', 'overlays/local', 'overlays/team', 'overlays/production']));
      for (const name of ['mtls', 'network-policies', 'gpu', 'hpa', 'kueue', 'otel-collector', 'prometheus'])
        expect(names).toContain(`components/${name}`);
    });

    it('has nothing wrong with it', () => {
      const wrong = checked.flatMap(({ rendered, problems }) =>
        problems.map((each) => `${rendered.name}: ${lineOf(each)}`),
      );
      expect(wrong).toEqual([]);
    });

    it(
      'has nothing wrong with the Job that a sweep makes',
      () => {
        const args = ['sweep', path.join(root, 'deploy/kubernetes/jobs/sweep/plan.yaml'), '--engine', 'kubernetes'];
        const cli = path.join(root, 'apps', 'cli', 'bin', 'theriac.cjs');
        const { status, stdout, stderr } = spawnSync(
          process.execPath,
          [cli, ...args, '--namespace', 'theriac', '--queue', 'theriac', '--manifest'],
          { encoding: 'utf8' },
        );
        expect({ status, stderr }).toMatchObject({ status: 0 });
        const made = readDocuments(stdout, 'sweep');
        expect(made.map(kindOf).sort()).toEqual(['ConfigMap', 'Job']);
        expect(checkDocuments([...widest.documents, ...made]).map(lineOf)).toEqual([]);
      },
      patience,
    );

    it(
      'is found wrong in every kind, wherever a field is unknown, of another type, or missing',
      () => {
        const mutants = drawMutants(widest.documents, 4, 6);
        const kinds = (of: (mutant: Mutant) => string) => new Set(mutants.map(of));
        expect(kinds(({ kind }) => kind)).toEqual(new Set(mutationKinds));
        expect(kinds(({ original }) => kindOf(original))).toEqual(new Set(widest.documents.map(kindOf)));
        const passed = survivorsOf(widest, mutants).map(({ what, original }) => `${titleOf(original)}: ${what}`);
        expect(passed).toEqual([]);
      },
      patience,
    );

    it('is found wrong without any one of its documents that another one needs', () => {
      const needed = widest.documents.filter(
        (each) => /^(?:theriac-(?!object-store)|nobody$)/.test(nameOf(each)) && !unneeded.includes(kindOf(each)),
      );
      expect(needed.length).toBeGreaterThan(25);
      for (const document of needed)
        expect({
          without: titleOf(document),
          wrong: lines(widest.documents.filter((each) => each !== document)).length,
        }).not.toEqual({
          without: titleOf(document),
          wrong: 0,
        });
    });

    it('is found wrong where a name, a port or a label does not fit', () => {
      expect(
        lines(
          withSpec('Service', 'theriac-trainer', (spec) => ({
            ...spec,
            ports: [{ name: 'grpc', port: 50_051, targetPort: 'grcp' }],
          })),
        ),
      ).toEqual(['Service theriac-trainer: spec.ports.0: Deployment theriac-trainer has no port grcp']);
      expect(
        lines(
          withSpec('Certificate', 'theriac-attacker', (spec) => ({ ...spec, uris: ['spiffe://theriac/evaluator'] })),
        ),
      ).toEqual(
        expect.arrayContaining([expect.stringContaining('the attacker would speak as spiffe://theriac/evaluator')]),
      );
      expect(
        lines(
          withSpec('HorizontalPodAutoscaler', 'theriac-attacker', (spec) => ({
            ...spec,
            scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'theriac-trainer' },
          })),
        ),
      ).toEqual(expect.arrayContaining([expect.stringContaining('a trainer holds the sessions of its callers')]));
    });

    it('is found wrong where a service would not start with its settings', () => {
      const found = (name: string, value: string) => {
        const documents = withSpec('Deployment', 'theriac-trainer', (spec) => {
          const template = objectAt(spec, 'template');
          const pod = objectAt(template, 'spec');
          const containers = objectsAt(pod, 'containers').map((container) => ({
            ...container,
            env: [...objectsAt(container, 'env').filter((each) => each['name'] !== name), { name, value }],
          }));
          return { ...spec, template: { ...template, spec: { ...pod, containers } } };
        });
        return lines(documents).join('\n');
      };
      expect(found('THERIAC_SLICES', 'many')).toContain('THERIAC_SLICES is "many"; allowed: an integer');
      expect(found('THERIAC_SLICE', '16')).toContain('nothing reads THERIAC_SLICE');
      expect(found('THERIAC_ALLOW_PLAINTEXT', 'true')).toContain('plaintext is allowed');
      expect(found('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'http://jaegr:4318')).toContain('there is no Service jaegr');
      expect(found('THERIAC_DRAIN_SECONDS', '55')).toContain('leave no time after the drain');
    });

    it('is found wrong where network policies let an attacker to the evaluator, or keep the driver from it', () => {
      const to = (component: string) => ({
        podSelector: { matchLabels: { 'app.kubernetes.io/name': 'theriac', 'app.kubernetes.io/component': component } },
      });
      const ports = [{ protocol: 'TCP', port: 50_053 }];
      expect(
        lines(
          withSpec('NetworkPolicy', 'theriac-attacker', (spec) => ({
            ...spec,
            egress: [{ to: [to('evaluator')], ports }],
          })),
        ),
      ).toEqual([
        'NetworkPolicy: not so: attacker may call trainer at TCP 50051',
        'NetworkPolicy: attacker may call evaluator at TCP 50053',
      ]);
      expect(
        lines(
          withSpec('NetworkPolicy', 'theriac-evaluator', (spec) => ({
            ...spec,
            ingress: [{ from: [to('attacker')], ports }],
          })),
        ),
      ).toEqual([
        'NetworkPolicy: evaluator answers attacker at TCP 50053',
        'NetworkPolicy: not so: evaluator answers driver at TCP 50053',
      ]);
    });

    it('is found wrong where a secret is written down', () => {
      const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'x', namespace: 'theriac' }, data: {} };
      expect(lines([...widest.documents, secret])).toContain('Secret x: a secret is written down');
    });
  });
}

/** Kinds of documents that nothing else names. */
const unneeded = [
  'Namespace',
  'HorizontalPodAutoscaler',
  'PodDisruptionBudget',
  'ResourceQuota',
  'RoleBinding',
  'LocalQueue',
  'Job',
  'Pod',
];
