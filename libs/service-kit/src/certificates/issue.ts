/** Certificates for development: an authority, and identities that it signs. */
// The library of certificates finds its parts by decorators.
import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import { webcrypto } from 'node:crypto';
import { isIP } from 'node:net';

/** A certificate and its key, PEM. */
export interface Issued {
  readonly certificate: string;
  readonly key: string;
}

export interface Validity {
  readonly from: Date;
  readonly to: Date;
}

/** What a certificate says of its holder. */
export interface Subject {
  /** The only URI: "spiffe://domain/role[/name]"; none for a certificate without an identity. */
  readonly uri?: string;
  /** DNS names and IP addresses that a server is called by. */
  readonly hosts: readonly string[];
}

const signing = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/** A certificate authority that signs itself. */
export async function issueAuthority(name: string, { from, to }: Validity): Promise<Issued> {
  const keys = await webcrypto.subtle.generateKey(signing, true, ['sign', 'verify']);
  const made = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: [{ CN: [name] }],
    notBefore: from,
    notAfter: to,
    signingAlgorithm: signing,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate: pem(made), key: await privateKeyPem(keys.privateKey) };
}

/** A certificate for servers and clients, signed by an authority. */
export async function issueIdentity(authority: Issued, subject: Subject, { from, to }: Validity): Promise<Issued> {
  const issuer = new x509.X509Certificate(authority.certificate);
  const issuerKey = await readPrivateKey(authority.key);
  const keys = await webcrypto.subtle.generateKey(signing, true, ['sign', 'verify']);
  const names: x509.JsonGeneralNames = [
    ...(subject.uri === undefined ? [] : [{ type: 'url' as const, value: subject.uri }]),
    ...subject.hosts.map((host) => ({ type: isIP(host) === 0 ? ('dns' as const) : ('ip' as const), value: host })),
  ];
  const made = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: [{ CN: [subject.uri ?? 'nobody'] }],
    issuer: issuer.subjectName,
    notBefore: from,
    notAfter: to,
    signingAlgorithm: signing,
    publicKey: keys.publicKey,
    signingKey: issuerKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth]),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ...(names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(names)]),
    ],
  });
  return { certificate: pem(made), key: await privateKeyPem(keys.privateKey) };
}

/** Hexadecimal, 16 bytes from the system, as the keys: nobody may be able to guess them. */
function serialNumber(): string {
  const bytes = webcrypto.getRandomValues(new Uint8Array(16));
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40; // positive, and of full length
  return Buffer.from(bytes).toString('hex');
}

const pem = (certificate: x509.X509Certificate) => `${certificate.toString('pem').trim()}\n`;

async function privateKeyPem(key: webcrypto.CryptoKey): Promise<string> {
  const bytes = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key));
  return `${x509.PemConverter.encode(bytes, 'PRIVATE KEY').trim()}\n`;
}

function readPrivateKey(text: string): Promise<webcrypto.CryptoKey> {
  return webcrypto.subtle.importKey('pkcs8', x509.PemConverter.decodeFirst(text), signing, false, ['sign']);
}
