import { TheriacError } from '@theriac/tensors';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import { identityIn, type Identity } from './identity';

/** What a folder with tls.crt, tls.key and ca.crt holds, as cert-manager writes them. */
export interface TlsFiles {
  /** PEM, the chain from our own certificate upwards. */
  readonly certificate: Buffer;
  readonly privateKey: Buffer;
  /** PEM of the authorities that are trusted. */
  readonly authorities: Buffer;
}

/** Files that belong together and can be used now. */
export interface CheckedTlsFiles extends TlsFiles {
  readonly identity: Identity;
  readonly expires: Date;
}

/** Reads tls.crt, tls.key and ca.crt. FAILED_PRECONDITION where one cannot be read. */
export function readTlsFolder(folder: string): TlsFiles {
  return {
    certificate: readPart(folder, 'tls.crt'),
    privateKey: readPart(folder, 'tls.key'),
    authorities: readPart(folder, 'ca.crt'),
  };
}

/**
 * Checks the files of a folder. FAILED_PRECONDITION, with a remedy, where one is not what its name says or belongs to another; where the
 * certificate has no identity of ours, is not valid now, or is not of an authority in ca.crt.
 */
export function checkTlsFiles(folder: string, files: TlsFiles): CheckedTlsFiles {
  const { certificate, privateKey, authorities } = files;
  const own = parsed(folder, 'tls.crt', () => new X509Certificate(certificate));
  const key = parsed(folder, 'tls.key', () => createPrivateKey(privateKey));
  const trusted = parsed(folder, 'ca.crt', () => certificatesIn(authorities));
  if (!own.checkPrivateKey(key))
    throw refused(folder, 'tls.key', 'the key of another certificate', 'the key of tls.crt');
  const identity = identityIn(own.subjectAltName);
  if (!identity)
    throw refused(folder, 'tls.crt', own.subjectAltName ?? 'no URI', 'one URI spiffe://domain/role or .../role/name');
  const [from, expires] = [new Date(own.validFrom), new Date(own.validTo)];
  const now = Date.now();
  if (!(from.getTime() <= now && now < expires.getTime())) {
    const found = `valid from ${from.toISOString()} to ${expires.toISOString()}`;
    throw refused(folder, 'tls.crt', found, 'a certificate that is valid now');
  }
  const chain = certificatesIn(certificate);
  if (!chain.some((link) => trusted.some((issuer) => link.checkIssued(issuer) && link.verify(issuer.publicKey))))
    throw refused(folder, 'ca.crt', `not the issuer of tls.crt (${own.issuer})`, 'the authority that signed tls.crt');
  parsed(folder, 'tls.crt', () => createSecureContext({ cert: certificate, key: privateKey, ca: authorities }));
  return { ...files, identity, expires };
}

function readPart(folder: string, file: string): Buffer {
  try {
    return readFileSync(join(folder, file));
  } catch (error) {
    throw new TheriacError(`${join(folder, file)} cannot be read`, {
      code: 'FAILED_PRECONDITION',
      field: 'tls',
      found: (error as NodeJS.ErrnoException).code ?? String(error),
      remedy: 'Name a folder with tls.crt, tls.key and ca.crt; for development `theriac certificates` makes one.',
    });
  }
}

function parsed<T>(folder: string, file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw refused(folder, file, error instanceof Error ? error.message : String(error), 'PEM');
  }
}

function certificatesIn(pem: Buffer): X509Certificate[] {
  const blocks = pem.toString('latin1').match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0) throw new Error('no certificate');
  return blocks.map((block) => new X509Certificate(block));
}

function refused(folder: string, file: string, found: string, allowed: string): TheriacError {
  return new TheriacError(`${join(folder, file)} cannot be used`, {
    code: 'FAILED_PRECONDITION',
    field: `tls.${file}`,
    found,
    allowed,
    remedy: 'Put the three files of one identity and its authority there.',
  });
}
