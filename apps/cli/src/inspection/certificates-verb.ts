/** What `theriac certificates` does. */
import { resolve } from 'node:path';
import { canonicalJson } from '@theriac/game';
import { writeCertificates } from '@theriac/service-kit/certificates';
import { readInteger } from '../arguments/numbers';
import { textTable } from '../presentation/table';
import type { CertificatesFlags } from '../verbs/certificates';

const everyRole = ['driver', 'attacker', 'trainer', 'evaluator', 'observer'];
const thisMachine = ['localhost', '127.0.0.1', '::1'];

/** Writes an authority and identities, and says where they are. */
export async function certificatesVerb(flags: CertificatesFlags): Promise<void> {
  const written = await writeCertificates({
    folder: resolve(flags.out),
    identities: flags.identity ?? everyRole,
    domain: flags.domain,
    hosts: [...thisMachine, ...(flags.host ?? [])],
    days: readInteger('days', flags.days, 1, 3650),
    now: new Date(),
  });
  if (flags.json === true) {
    process.stdout.write(
      canonicalJson(written.map(({ expires, ...each }) => ({ ...each, expires: expires.toISOString() }))),
    );
    return;
  }
  const table = textTable(
    [{ title: 'identity' }, { title: 'folder for --tls' }, { title: 'valid until' }],
    written.map(({ uri, folder, expires }) => [uri, folder, expires.toISOString()]),
  );
  process.stdout.write(
    `${table}\n\nThe key of the authority is ${resolve(flags.out, 'ca', 'tls.key')}: services do not need it.\n`,
  );
}
