import { credentials } from '@grpc/grpc-js';
import { EvaluatorServiceClient } from '@theriac/contract/evaluator';
import { copyFile, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import pino from 'pino';
import { issueIdentity } from '../certificates/issue';
import { callUnary } from '../client/calls';
import { connect } from '../client/connect';
import { certificateFolder, now, type Authority, type TestFolder } from '../fixtures/certificates';
import { evaluator, failure } from '../fixtures/evaluator';
import { serve, type RunningService } from '../serve/serve';

const uri = { driver: 'spiffe://theriac/driver', evaluator: 'spiffe://theriac/evaluator' };
let folder: TestFolder;
let authority: Authority;
let service: RunningService;
let tls: Record<keyof typeof uri, string>;
const messages: string[] = [];
beforeEach(async () => {
  messages.length = 0;
  folder = await certificateFolder();
  authority = await folder.authority();
  tls = {
    driver: await authority.folder({ uri: uri.driver }),
    evaluator: await authority.folder({ uri: uri.evaluator }),
  };
  service = await serve({
    role: 'evaluator',
    listen: '127.0.0.1:0',
    tls: tls.evaluator,
    connectionSeconds: 0.5,
    log: pino({}, { write: (line: string) => messages.push((JSON.parse(line) as { msg: string }).msg) }),
    implement: () => [evaluator({ score: () => Promise.resolve({ scores: [], testCount: 7 }) })],
  });
});
afterEach(async () => {
  await service.drain(0);
  await folder.remove();
});

async function said(word: string, from = 0): Promise<void> {
  while (!messages.slice(from).some((message) => message.includes(word))) await sleep(20);
}

/** The certificate that the service presents now. */
function presented(): Promise<string> {
  const [host, port] = service.address.split(':');
  return new Promise((resolve, reject) => {
    const socket = connectTls({ host, port: Number(port), rejectUnauthorized: false, ALPNProtocols: ['h2'] }, () => {
      resolve(socket.getPeerCertificate().fingerprint256);
      socket.destroy();
    });
    socket.on('error', reject);
  });
}

const bundle = (...of: Authority[]) => of.map(({ issued }) => issued.certificate).join('');

it('takes new certificates, and a new authority, without a failed call', async () => {
  const client = connect(EvaluatorServiceClient, service.address, { tls: tls.driver, attempts: 1 });
  let running = true;
  let calls = 0;
  const failures: unknown[] = [];
  const load = Array.from({ length: 4 }, async () => {
    while (running) {
      await callUnary(client, 'score', { game: undefined, parameters: undefined }).catch((error: unknown) =>
        failures.push(error),
      );
      calls += 1;
      await sleep(2);
    }
  });
  const first = await presented();
  const next = await folder.authority();
  const steps = [
    // Both trust both authorities, then each gets its new identity, then the old authority goes.
    async () =>
      Promise.all(Object.values(tls).map(async (place) => writeFile(join(place, 'ca.crt'), bundle(authority, next)))),
    async () => {
      const trusted = bundle(authority, next);
      for (const [role, place] of Object.entries(tls))
        await next.folder({ uri: uri[role as keyof typeof uri] }, { into: place, trusted });
    },
    async () => Promise.all(Object.values(tls).map(async (place) => writeFile(join(place, 'ca.crt'), bundle(next)))),
  ];
  for (const step of steps) {
    const from = messages.length;
    await step();
    await said('new certificates', from);
    await sleep(1500); // the client looks every second, too
  }
  expect(await presented()).not.toBe(first);
  running = false;
  await Promise.all(load);
  client.close();
  expect(failures).toEqual([]);
  expect(calls).toBeGreaterThan(100);

  // Who still has an identity of the old authority is out.
  const old = await issueIdentity(authority.issued, { uri: uri.driver, hosts: [] }, now);
  const parts = [next.issued.certificate, old.key, old.certificate].map((text) => Buffer.from(text));
  const stale = new EvaluatorServiceClient(service.address, credentials.createSsl(...parts), {
    'grpc.ssl_target_name_override': 'localhost',
  });
  const refused = await failure(callUnary(stale, 'score', { game: undefined, parameters: undefined }));
  expect(refused.detail.code).toBe('UNAUTHENTICATED');
  stale.close();
}, 60_000);

it('keeps what it has while the files make no sense', async () => {
  const first = await presented();
  const key = await readFile(join(tls.evaluator, 'tls.key'));
  await copyFile(join(tls.driver, 'tls.key'), join(tls.evaluator, 'tls.key'));
  await said('keeping the certificates in use');
  expect(await presented()).toBe(first);
  await rm(join(tls.evaluator, 'ca.crt'));
  await said('ca.crt cannot be read');
  expect(await presented()).toBe(first);
  await copyFile(join(tls.driver, 'ca.crt'), join(tls.evaluator, 'ca.crt'));
  await writeFile(join(tls.evaluator, 'tls.key'), key);
  const from = messages.length;
  await authority.folder({ uri: uri.evaluator }, { into: tls.evaluator });
  await said('new certificates', from);
  expect(await presented()).not.toBe(first);
});
