import type { ServerHttp2Session } from 'node:http2';
import { TLSSocket } from 'node:tls';

/** Seconds that a connection without a trusted certificate has: to make a call and be told. */
const patienceSeconds = 10;

const reasons = new Map<string, string>();

/** Notes why the other end of a new connection is not trusted, and ends the connection soon. */
export function noteUntrusted(session: ServerHttp2Session, seconds = patienceSeconds): void {
  const { socket } = session;
  if (!(socket instanceof TLSSocket) || socket.authorized) return;
  const peer = `${socket.remoteAddress}:${socket.remotePort}`;
  const presented = Object.keys(socket.getPeerCertificate()).length > 0;
  reasons.set(peer, presented ? String(socket.authorizationError) : 'no certificate');
  const timer = setTimeout(() => session.destroy(), seconds * 1000).unref();
  session.on('close', () => {
    clearTimeout(timer);
    reasons.delete(peer);
  });
}

/** Why the peer "host:port" is not trusted, for example CERT_HAS_EXPIRED. */
export function whyNotTrusted(peer: string): string {
  return reasons.get(peer) ?? 'no trusted certificate';
}
