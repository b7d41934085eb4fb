import { credentials, makeGenericClientConstructor } from '@grpc/grpc-js';
import { EvaluatorServiceClient } from '@theriac/contract/evaluator';
import { TrainerServiceClient } from '@theriac/contract/trainer';
import { service as healthService } from 'grpc-health-check';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pino from 'pino';
import { callUnary } from '../client/calls';
import { connect } from '../client/connect';
import { certificateFolder, past, type Authority, type TestFolder } from '../fixtures/certificates';
import { evaluator, failure } from '../fixtures/evaluator';
import { serve, type RunningService, type ServeOptions } from '../serve/serve';
import type { Caller } from './caller';

const scored = { scores: [], testCount: 7 };
const request = { game: undefined, parameters: undefined };
const driver = 'spiffe://theriac/driver/ann';

let folder: TestFolder;
let authority: Authority;
let service: RunningService;
let trusted: string;
const lines: Record<string, unknown>[] = [];
const warnings = pino(
  { level: 'warn' },
  { write: (line: string) => lines.push(JSON.parse(line) as Record<string, unknown>) },
);
const callers: Caller[] = [];
beforeAll(async () => {
  folder = await certificateFolder();
  authority = await folder.authority();
  service = await serve({
    role: 'evaluator',
    listen: '127.0.0.1:0',
    healthListen: '127.0.0.1:0',
    tls: await authority.folder({ uri: 'spiffe://theriac/evaluator' }),
    log: warnings,
    implement: () => [evaluator({ score: (_, { caller }) => (callers.push(caller), Promise.resolve(scored)) })],
  });
  trusted = authority.issued.certificate;
});
afterAll(async () => {
  await service.drain(0);
  await folder.remove();
});

/** Scores with raw credentials, as a client in another language would. */
async function scoreAs(certificates: string | undefined): Promise<unknown> {
  const read = (name: string) => (certificates === undefined ? null : readFileSync(join(certificates, name)));
  const creds = credentials.createSsl(Buffer.from(trusted), read('tls.key'), read('tls.crt'));
  const client = new EvaluatorServiceClient(service.address, creds, { 'grpc.ssl_target_name_override': 'localhost' });
  try {
    return await callUnary(client, 'score', request);
  } finally {
    client.close();
  }
}

it('serves a caller whose role may call, and knows who it is', async () => {
  expect(await scoreAs(await authority.folder({ uri: driver }))).toEqual(scored);
  expect(callers.pop()).toEqual({ identity: driver, roles: ['driver'], key: driver });
});

it.each<[string, () => Promise<string | undefined>, string, RegExp]>([
  ['no certificate', () => Promise.resolve(undefined), 'UNAUTHENTICATED', /no certificate/],
  [
    'a certificate of another authority',
    async () => (await folder.authority()).folder({ uri: driver }),
    'UNAUTHENTICATED',
    /UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER/,
  ],
  [
    'an expired one',
    () => authority.folder({ uri: driver }, { validity: past }),
    'UNAUTHENTICATED',
    /CERT_HAS_EXPIRED/,
  ],
  ['one without an identity', () => authority.folder({}), 'PERMISSION_DENIED', /names nobody/],
  ['an unknown role', () => authority.folder({ uri: 'spiffe://theriac/admin' }), 'PERMISSION_DENIED', /names nobody/],
  [
    'another trust domain',
    () => authority.folder({ uri: 'spiffe://other/driver' }),
    'PERMISSION_DENIED',
    /names nobody/,
  ],
  [
    'an attacker',
    () => authority.folder({ uri: 'spiffe://theriac/attacker/eve' }),
    'PERMISSION_DENIED',
    /attacker\/eve may not call/,
  ],
])('refuses %s, and logs it', async (_, certificates, code, message) => {
  lines.length = 0;
  const error = await failure(scoreAs(await certificates()));
  expect(error.detail.code).toBe(code);
  expect(error.detail.remedy).toBeDefined();
  expect(error.message).toMatch(message);
  expect(callers).toEqual([]);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatchObject({
    level: 40,
    audit: 'denied',
    code,
    method: '/theriac.v1.EvaluatorService/Score',
    peer: expect.stringMatching(/^127\.0\.0\.1:\d+$/) as string,
    why: expect.any(String) as string,
  });
});

describe('a client of ours', () => {
  const score = async (tls: string, address = service.address) => {
    const client = connect(EvaluatorServiceClient, address, { tls, attempts: 1 });
    try {
      return await callUnary(client, 'score', request);
    } finally {
      client.close();
    }
  };

  it('is served, and warns of nothing', async () => {
    const tls = await authority.folder({ uri: driver });
    const warnings: Error[] = [];
    const note = (warning: Error) => warnings.push(warning);
    process.on('warning', note);
    expect(await score(tls)).toEqual(scored);
    process.removeListener('warning', note);
    expect(warnings).toEqual([]);
  });

  it('does not take another role for the service', async () => {
    const tls = await authority.folder({ uri: driver });
    const client = connect(TrainerServiceClient, service.address, { tls, attempts: 1 });
    const error = await failure(callUnary(client, 'describe', {}));
    expect(error.detail.code).toBe('UNAUTHENTICATED');
    expect(error.message).toMatch(/theriac\/evaluator where spiffe:\/\/theriac\/trainer was expected/);
    client.close();
  });

  it('does not take another host, authority or trust domain for the service', async () => {
    const certificates = {
      host: { uri: 'spiffe://theriac/evaluator', hosts: ['example.org'] },
      domain: { uri: 'spiffe://other/evaluator' },
    };
    const tls = await authority.folder({ uri: driver });
    for (const [what, subject] of Object.entries(certificates)) {
      const other = await serve({
        role: 'evaluator',
        listen: '127.0.0.1:0',
        tls: await authority.folder(subject),
        implement: () => [evaluator({ score: () => Promise.resolve(scored) })],
      });
      expect((await failure(score(tls, other.address))).message).toMatch(
        what === 'host' ? /does not match certificate/ : /spiffe:\/\/other/,
      );
      await other.drain(0);
    }
    const stranger = await (await folder.authority()).folder({ uri: driver });
    const refused = await failure(score(stranger));
    expect(refused.detail.code).toBe('UNAUTHENTICATED');
    expect(refused.message).toMatch(/is not trusted/);
  });
});

it('tells its health to probes without a certificate, and nothing else', async () => {
  const HealthClient = makeGenericClientConstructor(healthService, 'health');
  const probe = new HealthClient(service.healthAddress ?? '', credentials.createInsecure());
  const answer = await new Promise((resolve) => {
    probe.check?.({ service: '' }, (_: unknown, value: unknown) => resolve(value));
  });
  expect(answer).toEqual({ status: 'SERVING' });
  probe.close();
  const client = connect(EvaluatorServiceClient, service.healthAddress ?? '', { attempts: 1 });
  expect((await failure(callUnary(client, 'score', request))).message).toMatch(/does not offer/);
  client.close();
});

it('does not start with the certificate of another role', async () => {
  const tls = await authority.folder({ uri: driver });
  const start = serve({ role: 'evaluator', listen: '127.0.0.1:0', tls, implement: () => [evaluator({})] });
  expect((await failure(start)).detail).toMatchObject({ code: 'FAILED_PRECONDITION', field: 'tls', found: driver });
});

describe('plaintext beyond this machine', () => {
  const start = (options: Partial<ServeOptions>) =>
    serve({ role: 'evaluator', listen: '0.0.0.0:0', implement: () => [evaluator({})], ...options });

  it('is refused, unless it is asked for, with a warning in the log', async () => {
    expect((await failure(start({}))).detail).toMatchObject({ code: 'FAILED_PRECONDITION', field: 'listen' });
    lines.length = 0;
    const open = await start({ allowPlaintext: true, log: warnings });
    await open.drain(0);
    expect(lines).toEqual([expect.objectContaining({ level: 40, msg: expect.stringMatching(/plaintext/) as string })]);
  });

  it('is not what TLS needs', async () => {
    const open = await start({ tls: await authority.folder({ uri: 'spiffe://theriac/evaluator' }) });
    await open.drain(0);
  });

  it('has no use for a policy', async () => {
    expect((await failure(start({ policy: 'policy.yaml', allowPlaintext: true }))).message).toMatch(/--tls/);
  });
});
