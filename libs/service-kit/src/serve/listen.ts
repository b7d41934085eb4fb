import type { Server, ServerCredentials } from '@grpc/grpc-js';
import { TheriacError } from '@theriac/tensors';
import { lstat, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { withPort, type Address } from '../address';

/** Makes a server listen; gives the address really taken (port 0: the one the system chose). */
export async function listen(server: Server, address: Address, credentials: ServerCredentials): Promise<string> {
  if (address.kind === 'unix') return listenOnSocket(server, address.path, address.text, credentials);
  await refuseTakenPort(address.host, address.port, address.text);
  const port = await bind(server, address.text, credentials);
  return withPort(address.host, port);
}

async function listenOnSocket(
  server: Server,
  path: string,
  text: string,
  credentials: ServerCredentials,
): Promise<string> {
  await removeStaleSocket(path, text);
  // Only the owner may connect: the socket is born with mode 0600.
  const mask = process.umask(0o177);
  try {
    await bind(server, text, credentials);
  } finally {
    process.umask(mask);
  }
  return text;
}

/** Removes a socket that nobody listens on; refuses when somebody does or when it is another kind of file. */
async function removeStaleSocket(path: string, text: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (!found) return;
  if (!found.isSocket()) {
    throw new TheriacError(`cannot listen on ${text}: the file exists and is no socket`, {
      code: 'FAILED_PRECONDITION',
      field: 'listen',
      remedy: 'Choose another path.',
    });
  }
  if (await answers(path)) throw taken(text);
  await rm(path, { force: true });
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path, () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

// @grpc/grpc-js would say the same, but also print it.
function refuseTakenPort(host: string, port: number, text: string): Promise<void> {
  if (port === 0) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on('error', (error) => reject(cannotListen(text, error)));
    probe.listen({ host, port, exclusive: true }, () => probe.close(() => resolve()));
  });
}

function bind(server: Server, text: string, credentials: ServerCredentials): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(text, credentials, (error, port) => {
      if (error) reject(cannotListen(text, error));
      else resolve(port);
    });
  });
}

function cannotListen(text: string, error: Error): TheriacError {
  if (error.message.includes('EADDRINUSE')) return taken(text);
  const [word] = /E[A-Z]{3,}/.exec(error.message) ?? [];
  const remedy =
    {
      EACCES: 'Choose a port above 1023, or a folder you may write to.',
      ENOENT: 'Make the folder of the socket first.',
    }[word ?? ''] ?? 'Choose another address.';
  return new TheriacError(`cannot listen on ${text}`, {
    code: 'FAILED_PRECONDITION',
    field: 'listen',
    found: word ?? error.message,
    remedy,
  });
}

function taken(text: string): TheriacError {
  return new TheriacError(`cannot listen on ${text}: the address is in use`, {
    code: 'FAILED_PRECONDITION',
    field: 'listen',
    found: 'EADDRINUSE',
    remedy: 'Stop what listens there, or choose another address with --listen (port 0 takes a free one).',
  });
}
