/** A proxy over TCP and Unix sockets between a client and a service, which delays, slows down, breaks and falsifies what passes. */
import { once } from 'node:events';
import { createServer, connect, type AddressInfo, type NetConnectOpts, type Socket } from 'node:net';
import type { Direction, Fault } from './fault';
import { passOn, type Course } from './line';

export interface ProxyOptions {
  /** "unix:/path" or "host:port"; default a free port of 127.0.0.1. */
  readonly listen?: string;
  /** Each way; default 0. */
  readonly delaySeconds?: number;
  /** Each way and connection; default as fast as it goes. */
  readonly bytesPerSecond?: number;
}

export interface FaultProxy {
  /** What clients call. */
  readonly address: string;
  /** Connections so far. */
  readonly connections: number;
  /** Bytes that arrived in a direction. */
  passed(direction: Direction): number;
  /** Faults to come in a direction; they take the place of those that have not happened. */
  inject(direction: Direction, faults: readonly Fault[]): void;
  /** Faults that have not happened. */
  pending(direction: Direction): number;
  /** Breaks all connections and ends. */
  close(): Promise<void>;
}

/** Listens in front of the service at `target` ("unix:/path" or "host:port"). */
export async function faultProxy(target: string, options: ProxyOptions = {}): Promise<FaultProxy> {
  const { listen = '127.0.0.1:0', delaySeconds = 0, bytesPerSecond = Infinity } = options;
  const courses: Record<Direction, Course> = { up: { passed: 0, faults: [] }, down: { passed: 0, faults: [] } };
  const open = new Set<Socket>();
  let connections = 0;

  const server = createServer({ allowHalfOpen: true }, (client) => {
    connections++;
    const service = connect({ ...placeOf(target), allowHalfOpen: true });
    const breakUp = (reset: boolean) => {
      for (const socket of [client, service]) {
        if (reset && socket.remoteAddress !== undefined) socket.resetAndDestroy();
        else socket.destroy();
      }
    };
    for (const socket of [client, service]) {
      open.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => breakUp(false));
      socket.on('close', () => open.delete(socket));
    }
    const pace = { delaySeconds, bytesPerSecond };
    passOn(client, service, courses.up, pace, breakUp);
    passOn(service, client, courses.down, pace, breakUp);
  });
  const place = placeOf(listen);
  server.listen('path' in place ? { path: place.path } : { host: place.host, port: place.port });
  await once(server, 'listening');
  const taken = server.address() as AddressInfo | string;

  return {
    address: typeof taken === 'string' ? `unix:${taken}` : `${taken.address}:${taken.port}`,
    get connections() {
      return connections;
    },
    passed: (direction) => courses[direction].passed,
    inject(direction, faults) {
      courses[direction].faults = [...faults].sort((a, b) => a.at - b.at);
    },
    pending: (direction) => courses[direction].faults.length,
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}

type Place = { readonly path: string } | { readonly host: string; readonly port: number };

function placeOf(address: string): Place & NetConnectOpts {
  if (address.startsWith('unix:')) return { path: address.slice('unix:'.length) };
  const colon = address.lastIndexOf(':');
  return { host: address.slice(0, colon), port: Number(address.slice(colon + 1)) };
}
