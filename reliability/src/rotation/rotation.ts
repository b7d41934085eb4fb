import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { credentials } from '@grpc/grpc-js';
import { issueAuthority, issueIdentity } from '@theriac/service-kit/certificates';
import type { Issued } from '@theriac/service-kit/certificates';
import { randomStream } from '@theriac/tensors';
import { openRawClient } from '../authorisation/call-raw';
import { hourAt } from '../authorisation/callers';
import type { Experiment } from '../frame/experiment';
import { printFigures } from '../frame/figures';
import { readNumbers } from '../frame/options';
import { startServiceProcess } from '../frame/service-process';
import { identityFolder } from './identity-folder';
import { startLoad } from './load';

const driver = 'spiffe://theriac/driver';
/** Services and clients look every second. */
const settleMilliseconds = 3000;

/** Certificates, and every other time the authority, are changed under load: no call fails, and the old ones count no more. */
export const rotation: Experiment = {
  id: 'rotation',
  summary: '--rotations 20 of certificates and authorities under the load of --callers 8: no call fails',
  async run(args) {
    const { seed, rotations, callers } = readNumbers(args, { seed: 0, rotations: 20, callers: 8 });
    const stream = randomStream(seed, 'rotation');
    const folder = mkdtempSync(join(tmpdir(), 'theriac-rotation-'));
    let authority = await issueAuthority('authority 0', hourAt(0));
    const of = (name: string, uri: string, first: Issued) =>
      identityFolder(join(folder, name), uri, first, stream.fork(name));
    const ofService = await of('trainer', 'spiffe://theriac/trainer', authority);
    const ofDriver = await of('driver', driver, authority);
    const service = await startServiceProcess('trainer', ['--tls', ofService.path, '--threads', '1']);
    const load = startLoad(service.address, ofDriver.path, callers, stream.fork('load'));
    const seen = new Set([await presented(service.address)]);
    const stale: Issued[] = [];
    const both = (...work: Promise<void>[]) => Promise.all(work).then(() => sleep(settleMilliseconds));
    try {
      for (let k = 1; k <= rotations; k++) {
        if (k % 2 === 1) {
          await both(ofService.renew(authority), ofDriver.renew(authority));
        } else {
          const next = await issueAuthority(`authority ${k}`, hourAt(0));
          await both(ofService.trust(authority, next), ofDriver.trust(authority, next));
          await both(ofService.renew(next), ofDriver.renew(next));
          await both(ofService.trust(next), ofDriver.trust(next));
          stale.push(await issueIdentity(authority, { uri: driver, hosts: [] }, hourAt(0)));
          authority = next;
        }
        seen.add(await presented(service.address));
      }
      const refused = await Promise.all(stale.map((identity) => isRefused(service.address, identity, authority)));
      await load.stop();
      for (const failure of load.failures.slice(0, 10)) process.stdout.write(`  ${failure}\n`);
      const out = refused.filter(Boolean).length;
      return printFigures([
        { what: 'calls, each made once', found: `${load.calls} over ${load.connections} connections` },
        { what: 'failed', found: String(load.failures.length), promised: '0', held: load.failures.length === 0 },
        {
          what: 'certificates that the service presented',
          found: String(seen.size),
          promised: String(rotations + 1),
          held: seen.size === rotations + 1,
        },
        {
          what: 'identities of old authorities refused',
          found: `${out} of ${stale.length}`,
          promised: 'all',
          held: out === stale.length,
        },
      ]);
    } finally {
      await load.stop();
      await service.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

/** The fingerprint of the certificate that a service presents to a new connection. */
function presented(address: string): Promise<string> {
  const [host, port] = address.split(':');
  return new Promise((resolve, reject) => {
    const socket = connectTls({ host, port: Number(port), rejectUnauthorized: false, ALPNProtocols: ['h2'] }, () => {
      resolve(socket.getPeerCertificate().fingerprint256);
      socket.destroy();
    });
    socket.on('error', reject);
  });
}

async function isRefused(address: string, { certificate, key }: Issued, trusted: Issued): Promise<boolean> {
  const parts = [trusted.certificate, key, certificate].map((text) => Buffer.from(text));
  const client = openRawClient(address, credentials.createSsl(...parts));
  const status = await client.call('/theriac.v1.TrainerService/Describe');
  client.close();
  return status === 'UNAUTHENTICATED';
}
