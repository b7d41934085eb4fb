/** The HTTP/2 connections of this process's servers: which call came over which, and ending those that cannot be trusted any more. */
import type { Metadata } from '@grpc/grpc-js';
import http2, { type Http2Server, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';

const most = 4096;
const goodbyeMilliseconds = 1000;
/** Set here on every call, whatever its caller sent. */
const connectionKey = 'theriac-connection';
/** Metadata key by which a caller asks for a new connection, because what it received over this one was damaged. */
export const renewKey = 'theriac-renew';

const sessions = new Map<string, ServerHttp2Session>();
const numbers = new WeakMap<object, string>();
let last = 0;

/** Numbers the connections of a server; before @grpc/grpc-js sees its streams. */
export function watchConnections(server: Http2Server): void {
  server.maxConnections = most;
  server.on('session', (session) => {
    const id = String(++last);
    sessions.set(id, session);
    numbers.set(session, id);
    session.on('close', () => sessions.delete(id));
  });
  server.on('stream', (stream, headers) => {
    headers[connectionKey] = stream.session && numbers.get(stream.session);
    if (headers[renewKey] !== undefined) stream.session?.close();
    closeWhenAnswered(stream);
  });
}

/** A stream that was answered is closed even where its caller never ends its side. */
function closeWhenAnswered(stream: ServerHttp2Stream): void {
  stream.once('finish', () => {
    const timer = setTimeout(() => stream.close(http2.constants.NGHTTP2_NO_ERROR), goodbyeMilliseconds);
    stream.once('close', () => clearTimeout(timer));
  });
}

/** The connection of a call. */
export function connectionOf(metadata: Metadata): string {
  return String(metadata.get(connectionKey)[0] ?? '');
}

/** Ends the connection of a call after the calls under way: tables and windows that both sides keep may be wrong by damage. */
export function retireConnection(metadata: Metadata): void {
  sessions.get(connectionOf(metadata))?.close();
}
