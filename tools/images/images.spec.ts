/** What the images are made of, without building them: the layout of each, the Dockerfile, and what podman is given to play. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const root = join(__dirname, '..', '..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const version = (JSON.parse(read('package.json')) as { version: string }).version;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'theriac-images-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** What each image runs, and what that says of its version. */
const programs = {
  trainer: ['services/trainer/dist/main.js', `theriac-trainer ${version}`],
  attacker: ['services/attacker/dist/main.js', `theriac-attacker ${version}`],
  evaluator: ['services/evaluator/dist/main.js', `theriac-evaluator ${version}`],
  driver: ['apps/cli/bin/theriac.cjs', version],
} as const;

it.each(Object.entries(programs))(
  'the image of the %s holds what its program needs, no other service, no sources and no tests',
  (target, [main, said]) => {
    execFileSync(process.execPath, [join(__dirname, 'assemble.mjs'), target, folder]);
    const app = join(folder, 'app');
    // Packages of others lie in a layer of their own.
    const NODE_PATH = [join(root, 'node_modules'), join(root, 'apps', 'cli', 'node_modules')].join(':');
    const environment = { PATH: process.env['PATH'] ?? '', NODE_PATH };
    const run = spawnSync(process.execPath, [join(app, main), '--version'], { env: environment, encoding: 'utf8' });
    expect(run).toMatchObject({ status: 0, stdout: `${said}\n` });
    expect(readdirSync(join(app, 'services')).sort()).toEqual(
      target === 'driver' ? ['attacker', 'evaluator', 'trainer'] : [target],
    );
    const files = readdirSync(folder, { recursive: true }).map(String);
    expect(files.filter((file) => /(\.ts|\.map|\.spec\.js)$|\/src(\/|$)/.test(file))).toEqual([]);
    expect(files).toEqual(expect.arrayContaining(['app/proto/theriac', 'app/LICENSE', 'usr/local/bin/theriac-health']));
  },
);

interface Stage {
  readonly name: string;
  readonly from: string;
  readonly lines: readonly string[];
}

/** The stages of the Dockerfile, each with its instructions, continued lines joined. */
function stages(): Stage[] {
  const lines = read('Dockerfile')
    .replace(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  const found: { name: string; from: string; lines: string[] }[] = [];
  for (const line of lines) {
    const [, from, name] = /^FROM (\S+) AS (\S+)$/.exec(line) ?? [];
    if (from !== undefined && name !== undefined) found.push({ from, name, lines: [] });
    else found.at(-1)?.lines.push(line);
  }
  return found;
}

/** The instructions that make an image, from its base on. */
function linesOf(target: string): string[] {
  const stage = stages().find(({ name }) => name === target.replace('${TENSORFLOW}', 'cpu'));
  return stage === undefined ? [] : [...linesOf(stage.from), ...stage.lines];
}

it.each(Object.keys(programs))(
  'the Dockerfile runs nothing in the image of the %s, and leaves it to nobody',
  (target) => {
    const lines = linesOf(target);
    const others = lines.filter(
      (line) => !/^(ARG|COPY|ENV|LABEL|WORKDIR|EXPOSE|HEALTHCHECK|ENTRYPOINT|USER) /.test(line),
    );
    expect(others).toEqual([]);
    expect(lines.filter((line) => line.startsWith('USER '))).toEqual(['USER 65532:65532']);
    expect(lines.filter((line) => line.startsWith('ENTRYPOINT '))).toHaveLength(1);
    expect(lines.filter((line) => /^COPY .*libtensorflow/.test(line))).toEqual([
      'COPY --from=libtensorflow /opt/theriac /opt/theriac',
      'COPY --from=libtensorflow /out /',
    ]);
    expect(lines.some((line) => line.startsWith('HEALTHCHECK '))).toBe(target !== 'driver');
    expect(lines.join('\n')).toContain(`org.opencontainers.image.title=theriac/${target}`);
  },
);

it('lends registries to the build as secrets alone', () => {
  const installing = stages().flatMap(({ lines }) =>
    lines.filter((line) => /npm ci|libtensorflow\.mjs +&&/.test(line)),
  );
  expect(installing).toHaveLength(4);
  for (const line of installing) expect(line).toMatch(/^RUN (--mount=\S+ +)*--mount=type=secret,id=(npmrc|pipconf)/);
  const context = read('.dockerignore').split('\n');
  expect(context).toContain('*');
  for (const line of ['!experiments', '!package-lock.json', '**/node_modules']) expect(context).toContain(line);
});

/** What a Deployment of the rendered manifests looks like. */
const deployment = {
  kind: 'Deployment',
  metadata: { name: 'theriac-trainer' },
  spec: {
    replicas: 3,
    template: {
      spec: {
        securityContext: { runAsUser: 65532 },
        containers: [
          {
            name: 'service',
            image: 'theriac/trainer:1',
            securityContext: { readOnlyRootFilesystem: true },
            startupProbe: { grpc: { port: 50060 } },
            livenessProbe: { grpc: { port: 50060 } },
            ports: [{ containerPort: 50051 }],
            volumeMounts: [{ name: 'tls', mountPath: '/tls', readOnly: true }],
          },
        ],
        volumes: [{ name: 'tls', secret: { secretName: 'theriac-trainer-tls' } }],
      },
    },
  },
};
const claim = { kind: 'PersistentVolumeClaim', metadata: { name: 'theriac-runs' }, spec: {} };

interface Document {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly annotations?: Record<string, string> };
  readonly data?: Record<string, string>;
  readonly spec: Record<string, unknown>;
}

/** What tools/images/podman-documents.mjs makes of rendered documents: services and a driver. */
function forPodman(rendered: readonly object[]): { services: Document[]; driver: Document[] } {
  const code = `import { driverPod, servicePods } from ${JSON.stringify(pathToFileURL(join(__dirname, 'podman-documents.mjs')).href)};
    const [rendered, folder] = ${JSON.stringify([rendered, folder])};
    const addresses = { trainer: '10.0.0.5' };
    const driver = { name: 'd', image: 'theriac/driver:1', args: ['play'], env: { THERIAC_THREADS: '1' } };
    const services = servicePods(rendered, addresses, folder);
    console.log(JSON.stringify({ services, driver: driverPod(rendered, driver, addresses, folder) }));`;
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as { services: Document[]; driver: Document[] };
}

it('gives podman the rendered pods with their fences, less what it does not know', () => {
  for (const role of ['trainer', 'driver']) {
    mkdirSync(join(folder, role));
    for (const file of ['tls.crt', 'tls.key', 'ca.crt']) writeFileSync(join(folder, role, file), `${role} ${file}`);
  }
  const { services, driver } = forPodman([deployment, claim]);
  expect(services.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([
    'PersistentVolumeClaim theriac-images-test-runs',
    'ConfigMap theriac-images-test-trainer-tls',
    'Deployment theriac-images-test-trainer',
  ]);
  expect(services[0]?.metadata.annotations?.['volume.podman.io/uid']).toBe('65532');
  expect(services[1]?.data?.['tls.key']).toBe('trainer tls.key');
  const {
    startupProbe: _,
    livenessProbe: __,
    ports: ___,
    ...container
  } = deployment.spec.template.spec.containers[0] ?? {};
  expect(services[2]?.spec).toMatchObject({
    replicas: 1,
    template: {
      spec: { securityContext: { runAsUser: 65532 }, hostAliases: [{ ip: '10.0.0.5' }], containers: [container] },
    },
  });
  expect(JSON.stringify(services)).not.toMatch(/Probe|containerPort/);
  expect(driver.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([
    'ConfigMap theriac-images-test-driver-tls',
    'Pod d',
  ]);
  expect(driver[1]?.spec).toMatchObject({
    restartPolicy: 'OnFailure',
    securityContext: { runAsUser: 65532 },
    containers: [{ image: 'theriac/driver:1', securityContext: { readOnlyRootFilesystem: true } }],
    volumes: [
      { configMap: { name: 'theriac-images-test-driver-tls' } },
      { persistentVolumeClaim: { claimName: 'theriac-images-test-runs' } },
    ],
  });
  expect(() => forPodman([claim])).toThrow(/no Deployment theriac-trainer/);
});
