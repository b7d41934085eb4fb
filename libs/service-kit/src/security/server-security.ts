import { ServerCredentials, type ServerInterceptor, type ServerOptions } from '@grpc/grpc-js';
import { invalid, TheriacError } from '@theriac/tensors';
import { refuseRemotePlaintext, type Address } from '../address';
import type { Logger } from '../logging';
import { authorising } from './authorise';
import { serverCredentials } from './credentials';
import { readPolicy, servers, standardPolicyFile } from './policy';

/** How a service is protected. */
export interface SecuritySettings {
  /** Folder with tls.crt, tls.key and ca.crt: mutual TLS on TCP addresses. None: plaintext. */
  readonly tls?: string | undefined;
  /** File that says who may call what; default: the policy that services come with. */
  readonly policy?: string | undefined;
  /** Allow to listen in plaintext beyond this machine. */
  readonly allowPlaintext?: boolean | undefined;
  /** Seconds after which a TLS connection is made anew, with the certificates of that time; default 600. */
  readonly connectionSeconds?: number | undefined;
}

export interface ServerSecurity {
  readonly credentials: ServerCredentials;
  readonly options: ServerOptions;
  /** Who checks every call; none in plaintext, where whoever reaches the address may call. */
  readonly interceptors: readonly ServerInterceptor[];
}

/** What a service at an address is protected with. FAILED_PRECONDITION for plaintext beyond this machine that was not asked for. */
export function serverSecurity(
  role: string,
  address: Address,
  settings: SecuritySettings,
  log: Logger,
): ServerSecurity {
  const { tls, policy, allowPlaintext = false, connectionSeconds = 600 } = settings;
  if (policy !== undefined && tls === undefined && address.kind === 'tcp')
    throw new TheriacError('a policy needs identities to apply to', {
      code: 'FAILED_PRECONDITION',
      field: 'policy',
      remedy: "Name the folder of the service's certificate with --tls (or THERIAC_TLS).",
    });
  // Only its owner may connect to a Unix socket.
  if (tls === undefined || address.kind === 'unix') {
    refuseRemotePlaintext(address, allowPlaintext, 'listen');
    if (!address.local)
      log.warn({ address: address.text }, 'serving in plaintext: whoever reaches the address may call');
    return { credentials: ServerCredentials.createInsecure(), options: {}, interceptors: [] };
  }
  const server = servers.find((known) => known === role);
  if (server === undefined) throw invalid('role', role, servers.join(', '));
  const { credentials, watch } = serverCredentials(tls, server, log);
  const rules = readPolicy(server, policy);
  const { identity, expires } = watch.current;
  log.info(
    { identity: identity.uri, expires: expires.toISOString(), policy: policy ?? standardPolicyFile },
    'mutual TLS',
  );
  return {
    credentials,
    options: { 'grpc.max_connection_age_ms': connectionSeconds * 1000 },
    interceptors: [authorising({ policy: rules, domain: identity.domain, log })],
  };
}
