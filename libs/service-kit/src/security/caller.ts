import type { PeerCertificate } from 'node:tls';
import { identityIn, type Role } from './identity';

/** Who makes a call. */
export interface Caller {
  /** The URI in the caller's certificate, "spiffe://domain/role/name"; none in plaintext. */
  readonly identity: string | undefined;
  /** What the identity may act as; none in plaintext. */
  readonly roles: readonly Role[];
  /** The same for all calls of one client: its identity, else its host, else "local" (a Unix socket). */
  readonly key: string;
}

/** The part of a call that tells who makes it. */
export interface CallOrigin {
  /** "host:port", or "unknown" on a Unix socket. */
  getPeer(): string;
  getAuthContext(): { readonly sslPeerCertificate?: PeerCertificate } | null;
}

/** Who makes a call, by the certificate of its connection where that is trusted. */
export function callerOf(call: CallOrigin): Caller {
  const found = identityIn(call.getAuthContext()?.sslPeerCertificate?.subjectaltname);
  if (found) return { identity: found.uri, roles: [found.role], key: found.uri };
  return { identity: undefined, roles: [], key: hostOf(call.getPeer()) };
}

function hostOf(peer: string): string {
  const [, host] = /^(.+):\d+$/.exec(peer) ?? [];
  return host ?? (peer === 'unknown' ? 'local' : peer);
}
