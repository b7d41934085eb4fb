import { invalid, TheriacError } from '@theriac/tensors';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { parseIdentity, securityRoles } from '../security/identity';
import { issueAuthority, issueIdentity, type Issued } from './issue';

/** What is asked for: an authority, made where there is none yet, and identities that it signs. */
export interface CertificateOrder {
  /** Holds ca/tls.crt and ca/tls.key, and a folder for each identity. */
  readonly folder: string;
  /** "driver" or "driver/ann": becomes spiffe://domain/driver/ann in the folder "driver-ann". */
  readonly identities: readonly string[];
  readonly domain: string;
  /** DNS names and IP addresses that servers are called by. */
  readonly hosts: readonly string[];
  readonly days: number;
  readonly now: Date;
}

export interface WrittenIdentity {
  readonly uri: string;
  readonly folder: string;
  readonly expires: Date;
}

const dayMilliseconds = 86_400_000;
const authorityDays = 3650;
/** Clocks of other machines may be behind. */
const earlyMilliseconds = 300_000;

/**
 * Writes tls.crt, tls.key and ca.crt for each identity, readable by their owner only. Nothing is overwritten: FAILED_PRECONDITION where
 * an identity has a folder already; an authority that is there is used. INVALID_ARGUMENT for what cannot be in a certificate.
 */
export async function writeCertificates(order: CertificateOrder): Promise<readonly WrittenIdentity[]> {
  const { folder, domain, hosts, days, now } = order;
  check(order);
  const from = new Date(now.getTime() - earlyMilliseconds);
  const after = (count: number) => new Date(now.getTime() + count * dayMilliseconds);
  const authority = (await readAuthority(join(folder, 'ca'))) ?? (await newAuthority());
  const written: WrittenIdentity[] = [];
  for (const identity of order.identities) {
    const uri = `spiffe://${domain}/${identity}`;
    const expires = after(days);
    const place = join(folder, identity.replace('/', '-'));
    const issued = await issueIdentity(authority, { uri, hosts }, { from, to: expires });
    await writeIssued(place, issued, authority.certificate);
    written.push({ uri, folder: place, expires });
  }
  return written;

  async function newAuthority(): Promise<Issued> {
    const made = await issueAuthority(`${domain} development authority`, { from, to: after(authorityDays) });
    await writeIssued(join(folder, 'ca'), made);
    return made;
  }
}

function check({ identities, domain, hosts }: CertificateOrder): void {
  const wrong = identities.find((identity) => parseIdentity(`spiffe://${domain}/${identity}`) === undefined);
  if (wrong !== undefined) {
    if (!/^[a-z0-9._-]{1,255}$/.test(domain)) throw invalid('--domain', domain, 'lower-case letters, digits, . _ -');
    throw invalid('--identity', wrong, `${securityRoles.join(', ')}, or one of them with /name`);
  }
  const host = hosts.find((name) => isIP(name) === 0 && !/^(\*\.)?[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*$/.test(name));
  if (host !== undefined) throw invalid('--host', host, 'a DNS name or an IP address, without a port');
}

async function readAuthority(folder: string): Promise<Issued | undefined> {
  try {
    const [certificate, key] = await Promise.all(
      ['tls.crt', 'tls.key'].map((file) => readFile(join(folder, file), 'utf8')),
    );
    return { certificate: certificate ?? '', key: key ?? '' };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function writeIssued(folder: string, { certificate, key }: Issued, authorities?: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const files = {
    'tls.key': key,
    'tls.crt': certificate,
    ...(authorities === undefined ? {} : { 'ca.crt': authorities }),
  };
  for (const [name, text] of Object.entries(files)) {
    const file = join(folder, name);
    await writeFile(file, text, { mode: 0o600, flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
      throw new TheriacError(`${file} cannot be written`, {
        code: 'FAILED_PRECONDITION',
        field: 'out',
        found: error.code ?? error.message,
        remedy:
          error.code === 'EEXIST'
            ? 'Nothing is overwritten: move the folder away, or choose another with --out.'
            : 'Choose a folder that you may write to with --out.',
      });
    });
  }
}
