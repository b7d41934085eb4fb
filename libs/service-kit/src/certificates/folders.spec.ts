import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { failure } from '../fixtures/evaluator';
import { checkTlsFiles, readTlsFolder } from '../security/tls-folder';
import { writeCertificates, type CertificateOrder } from './folders';

let folder: string;
let order: CertificateOrder;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'theriac-certificates-'));
  order = {
    folder,
    identities: ['driver/ann', 'trainer'],
    domain: 'lab',
    hosts: ['localhost', '::1'],
    days: 2,
    now: new Date(),
  };
});
afterEach(() => rmSync(folder, { recursive: true }));

it('writes identities that can be used, for their owner only', async () => {
  const [ann, trainer] = await writeCertificates(order);
  expect(ann).toMatchObject({ uri: 'spiffe://lab/driver/ann', folder: join(folder, 'driver-ann') });
  for (const { uri, folder: place, expires } of [ann, trainer] as NonNullable<typeof ann>[]) {
    const checked = checkTlsFiles(place, readTlsFolder(place));
    expect(checked.identity.uri).toBe(uri);
    expect(Math.abs(checked.expires.getTime() - expires.getTime())).toBeLessThan(1000);
  }
  for (const file of ['ca/tls.key', 'ca/tls.crt', 'trainer/tls.key', 'trainer/tls.crt', 'trainer/ca.crt'])
    expect(statSync(join(folder, file)).mode & 0o777).toBe(0o600);
  const leaf = new X509Certificate(readFileSync(join(folder, 'trainer', 'tls.crt')));
  expect(leaf.ca).toBe(false);
  expect(leaf.subjectAltName).toBe('URI:spiffe://lab/trainer, DNS:localhost, IP Address:0:0:0:0:0:0:0:1');
  expect(new X509Certificate(readFileSync(join(folder, 'ca', 'tls.crt'))).ca).toBe(true);
});

it('uses the authority that is there, and overwrites nothing', async () => {
  await writeCertificates(order);
  const before = readFileSync(join(folder, 'trainer', 'tls.key'));
  await writeCertificates({ ...order, identities: ['evaluator'] });
  expect(readFileSync(join(folder, 'evaluator', 'ca.crt'))).toEqual(readFileSync(join(folder, 'trainer', 'ca.crt')));
  expect((await failure(writeCertificates(order))).detail).toMatchObject({
    code: 'FAILED_PRECONDITION',
    found: 'EEXIST',
  });
  expect(readFileSync(join(folder, 'trainer', 'tls.key'))).toEqual(before);
});

it.each<[string, Partial<CertificateOrder>, RegExp]>([
  ['a role', { identities: ['admin'] }, /--identity is "admin"; allowed: driver/],
  ['a name', { identities: ['driver/../x'] }, /--identity/],
  ['a trust domain', { domain: 'My Lab' }, /--domain is "My Lab"/],
  ['a host', { hosts: ['localhost:50051'] }, /--host is "localhost:50051"/],
])('refuses what cannot be %s', async (_, given, message) => {
  expect((await failure(writeCertificates({ ...order, ...given }))).message).toMatch(message);
});
