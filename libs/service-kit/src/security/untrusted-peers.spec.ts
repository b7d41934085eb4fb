import { readFileSync } from 'node:fs';
import http2 from 'node:http2';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { once } from 'node:events';
import { certificateFolder, type TestFolder } from '../fixtures/certificates';
import { noteUntrusted, whyNotTrusted } from './untrusted-peers';

let folder: TestFolder;
beforeAll(async () => (folder = await certificateFolder()));
afterAll(() => folder.remove());

it('ends connections that no certificate vouches for, and keeps the others', async () => {
  const tls = await (await folder.authority()).folder({ uri: 'spiffe://theriac/trainer' });
  const [ca, cert, key] = ['ca.crt', 'tls.crt', 'tls.key'].map((file) => readFileSync(join(tls, file)));
  const server = http2.createSecureServer({ ca, cert, key, requestCert: true, rejectUnauthorized: false });
  const reasons: string[] = [];
  server.on('session', (session) => {
    noteUntrusted(session, 0.2);
    reasons.push(whyNotTrusted(`${session.socket.remoteAddress}:${session.socket.remotePort}`));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const trusted = http2.connect(address, { ca, cert, key });
  await once(trusted, 'connect');
  const nobody = http2.connect(address, { ca });
  await once(nobody, 'close');
  expect(trusted.destroyed).toBe(false);
  expect(reasons.sort()).toEqual(['no certificate', 'no trusted certificate']);
  trusted.destroy();
  server.close();
});
