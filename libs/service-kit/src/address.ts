import { invalid, TheriacError } from '@theriac/tensors';

/** Where a service listens or is called. */
export type Address =
  | { readonly kind: 'unix'; readonly path: string; readonly text: string; readonly local: true }
  | {
      readonly kind: 'tcp';
      readonly host: string;
      readonly port: number;
      readonly text: string;
      readonly local: boolean;
    };

const longestSocketPath = 107; // sockaddr_un of Linux

/** Reads "unix:/path", "host:port" or "[::1]:port"; INVALID_ARGUMENT naming `field`. "localhost" is 127.0.0.1. */
export function parseAddress(text: string, field = 'address'): Address {
  const forms = 'unix:/path/to/socket or host:port';
  if (text.startsWith('unix:')) {
    const path = text.slice('unix:'.length).replace(/^\/\/(?=\/)/, '');
    if (!path.startsWith('/')) throw invalid(field, text, forms, 'Give the absolute path of the socket.');
    if (Buffer.byteLength(path) > longestSocketPath) {
      const found = `a path of ${Buffer.byteLength(path)} bytes`;
      throw invalid(field, found, `at most ${longestSocketPath} bytes`, 'Choose a folder with a shorter path.');
    }
    return { kind: 'unix', path, text: `unix:${path}`, local: true };
  }
  const [, bracketed, plain, digits] = /^(?:\[([0-9a-fA-F:.]+)\]|([^:\s/]+)):(\d{1,5})$/.exec(text) ?? [];
  const given = bracketed ?? plain;
  const port = Number(digits);
  if (given === undefined || digits === undefined) throw invalid(field, text, forms);
  if (port > 65535) throw invalid(field, text, 'a port from 0 to 65535');
  const host = given === 'localhost' ? '127.0.0.1' : given;
  return { kind: 'tcp', host, port, text: withPort(host, port), local: isLoopback(host) };
}

/** "host:port", with brackets where the host is an IPv6 address. */
export function withPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Refuses plaintext beyond this machine unless it was asked for. */
export function refuseRemotePlaintext(address: Address, allowPlaintext: boolean, field: string): void {
  if (address.local || allowPlaintext) return;
  throw new TheriacError(`${field} ${address.text} would be reached in plaintext over the network`, {
    code: 'FAILED_PRECONDITION',
    field,
    found: address.text,
    allowed: 'a Unix socket or a loopback address',
    remedy: 'Name a folder of certificates with --tls, or say --allow-plaintext where the network is trusted.',
  });
}

function isLoopback(host: string): boolean {
  return /^127(\.\d{1,3}){3}$/.test(host) || host === '::1';
}
