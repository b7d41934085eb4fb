import type { ChannelCredentials, ServerCredentials } from '@grpc/grpc-js';
import { credentials, experimental } from '@grpc/grpc-js';
import { TheriacError } from '@theriac/tensors';
import { isIP } from 'node:net';
import { checkServerIdentity, type PeerCertificate } from 'node:tls';
import type { Address } from '../address';
import { silentLogger, type Logger } from '../logging';
import { identityIn, type Role } from './identity';
import { watchTlsFolder, type TlsWatch } from './tls-watch';

/** Credentials of a server that asks every caller for a certificate, and the files they come from. */
export function serverCredentials(
  folder: string,
  role: Role,
  log: Logger,
): { credentials: ServerCredentials; watch: TlsWatch } {
  const watch = watchTlsFolder(folder, log);
  const { identity } = watch.current;
  if (identity.role !== role)
    throw new TheriacError(`the certificate in ${folder} is not for the ${role}`, {
      code: 'FAILED_PRECONDITION',
      field: 'tls',
      found: identity.uri,
      allowed: `spiffe://${identity.domain}/${role} or .../${role}/name`,
      remedy: `Clients would refuse it: name the folder of the ${role}'s certificate.`,
    });
  // A caller without a trusted certificate is let in as far as its first call, to be told why that is refused, and the log too.
  return { credentials: experimental.createCertificateProviderServerCredentials(watch, watch, false), watch };
}

/** How a client proves itself and whom it takes for the service. */
export interface ClientSecurity {
  readonly credentials: ChannelCredentials;
  readonly options: Readonly<Record<string, string | number>>;
}

/**
 * What a client of the service at an address uses: plaintext without a TLS folder and on Unix sockets, else mutual TLS. The server's
 * certificate must be of our authority, name the host that was dialled, and carry an identity of our trust domain with the role given.
 */
export function clientSecurity(target: Address, tls: string | undefined, role: Role | undefined): ClientSecurity {
  if (tls === undefined || target.kind === 'unix') return { credentials: credentials.createInsecure(), options: {} };
  const watch = watchOf(tls);
  const verify = (_: string, certificate: PeerCertificate): Error | undefined =>
    checkServerIdentity(target.host, certificate) ?? wrongServer(certificate, watch.current.identity.domain, role);
  return {
    credentials: experimental.createCertificateProviderChannelCredentials(watch, watch, {
      checkServerIdentity: verify,
    }),
    // TLS has no server names that are IP addresses; `verify` looks at the address itself.
    options: isIP(target.host) === 0 ? {} : { 'grpc.ssl_target_name_override': 'localhost' },
  };
}

function wrongServer(certificate: PeerCertificate, domain: string, role: Role | undefined): Error | undefined {
  const found = identityIn(certificate.subjectaltname);
  if (found?.domain === domain && (role === undefined || found.role === role)) return undefined;
  const wanted = `spiffe://${domain}/${role ?? 'trainer, attacker or evaluator'}`;
  return new Error(`the server is ${found?.uri ?? 'nobody'} where ${wanted} was expected`);
}

const watches = new Map<string, TlsWatch>();

/** Clients of one process share the watch of a folder. */
function watchOf(folder: string): TlsWatch {
  const found = watches.get(folder) ?? watchTlsFolder(folder, silentLogger());
  watches.set(folder, found);
  return found;
}
