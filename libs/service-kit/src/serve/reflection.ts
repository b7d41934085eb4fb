import type { handleBidiStreamingCall, Server, ServerDuplexStream, ServiceDefinition } from '@grpc/grpc-js';
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { EventEmitter } from 'node:events';
import { statusOf } from '../status';

const versions = ['grpc.reflection.v1.ServerReflection', 'grpc.reflection.v1alpha.ServerReflection'] as const;
const method = 'ServerReflectionInfo';

/**
 * Offers server reflection for the named services, from the .proto files beside the sources. Reading them takes longer than all else at
 * start-up, so it waits for the first question. False when the files are not there.
 */
export function offerReflection(server: Server, services: readonly string[], folder = protoFolder()): boolean {
  if (folder === undefined) return false;
  let loaded: Promise<Map<string, Loaded>> | undefined;
  for (const name of versions) {
    const path = `/${name}/${method}`;
    const bytes = (message: Buffer) => message;
    const definition: ServiceDefinition = {
      [method]: {
        path,
        requestStream: true,
        responseStream: true,
        requestSerialize: bytes,
        requestDeserialize: bytes,
        responseSerialize: bytes,
        responseDeserialize: bytes,
      },
    };
    const answer = (call: ServerDuplexStream<Buffer, Buffer>) => {
      loaded ??= load(folder, services);
      loaded.then(
        (handlers) => pass(call, handlers.get(path)),
        (error: unknown) => call.emit('error', statusOf(error)),
      );
    };
    server.addService(definition, { [method]: answer });
  }
  return true;
}

/** The folder of the .proto files: the nearest `proto` above this file that holds the contract. */
export function protoFolder(from = __dirname): string | undefined {
  const candidate = join(from, 'proto');
  if (existsSync(join(candidate, 'theriac', 'v1'))) return candidate;
  return dirname(from) === from ? undefined : protoFolder(dirname(from));
}

interface Loaded {
  readonly decode: (bytes: Buffer) => unknown;
  readonly encode: (message: unknown) => Buffer;
  readonly handle: handleBidiStreamingCall<unknown, unknown>;
}

/** What @grpc/reflection adds to a server, by path. */
async function load(folder: string, services: readonly string[]): Promise<Map<string, Loaded>> {
  const { loadSync } = await import('@grpc/proto-loader');
  const { ReflectionService } = await import('@grpc/reflection');
  const files = readdirSync(join(folder, 'theriac', 'v1')).map((file) => `theriac/v1/${file}`);
  const definition = loadSync(files, { includeDirs: [folder], keepCase: true });
  const added = new Map<string, Loaded>();
  const recorder = {
    addService(
      offered: ServiceDefinition,
      handlers: Readonly<Record<string, handleBidiStreamingCall<unknown, unknown>>>,
    ) {
      for (const [name, { path, requestDeserialize, responseSerialize }] of Object.entries(offered)) {
        const handle = handlers[name];
        if (handle) added.set(path, { decode: requestDeserialize, encode: responseSerialize, handle });
      }
    },
  };
  new ReflectionService(definition, { services: [...services] }).addToServer(recorder);
  return added;
}

/** Lets a handler that speaks messages answer a stream that carries bytes. */
function pass(call: ServerDuplexStream<Buffer, Buffer>, loaded: Loaded | undefined): void {
  if (!loaded) return void call.end();
  const { decode, encode, handle } = loaded;
  const messages = Object.assign(new EventEmitter(), {
    write: (message: unknown) => call.write(encode(message)),
    end: () => call.end(),
  });
  handle(messages as unknown as ServerDuplexStream<unknown, unknown>);
  call.on('data', (bytes: Buffer) => messages.emit('data', decode(bytes)));
  call.on('end', () => messages.emit('end'));
}
