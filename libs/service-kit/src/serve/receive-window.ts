import http2 from 'node:http2';
import { noteUntrusted } from '../security/untrusted-peers';
import { watchConnections } from './connections';

const prepare = Symbol.for('theriac.http2.prepare');

/**
 * Lets callers have so many bytes under way to HTTP/2 servers of this process. The server of @grpc/grpc-js 1.14 keeps the default of
 * 64 KiB per round trip, which makes uploads slow over any real network; to be removed when grpc-node pull request 3058 is released.
 * Here too, because there is no other way to them, connections are numbered, and those noted that no certificate vouches for.
 */
export function widenReceiveWindow(bytes: number): void {
  const module = http2 as typeof http2 & { [prepare]?: (server: http2.Http2Server) => void };
  const wrapped = module[prepare] !== undefined;
  // Where this file is loaded again, as between tests, its connections are noted in the newest copy.
  module[prepare] = (server) => {
    server.on('session', (session) => {
      session.setLocalWindowSize(bytes);
      noteUntrusted(session);
    });
    watchConnections(server);
  };
  if (wrapped) return;
  for (const name of ['createServer', 'createSecureServer'] as const) {
    const create = http2[name] as (options: http2.ServerOptions, ...rest: unknown[]) => http2.Http2Server;
    const widened = (options: http2.ServerOptions, ...rest: unknown[]) => {
      const server = create({ ...options, settings: { ...options?.settings, initialWindowSize: bytes } }, ...rest);
      module[prepare]?.(server);
      return server;
    };
    Object.defineProperty(http2, name, { value: widened, configurable: true, writable: true, enumerable: true });
  }
}
