import {
  Metadata,
  ServerInterceptingCall,
  status as Status,
  type MethodDefinition,
  type ServerInterceptor,
  type ServiceDefinition,
} from '@grpc/grpc-js';
import { TheriacError } from '@theriac/tensors';
import { errorInfoKey, statusOf } from '../status';
import { checksumChain, damaged, integrityKey } from './chain';

const longestWord = 64;
const bytes = (message: Buffer): Buffer => message;

/** The definition with messages left as bytes: `sealedService` reads and writes them. */
export function asBytes(definition: ServiceDefinition): ServiceDefinition {
  const codec = {
    requestSerialize: bytes,
    requestDeserialize: bytes,
    responseSerialize: bytes,
    responseDeserialize: bytes,
  };
  return Object.fromEntries(Object.entries(definition).map(([name, method]) => [name, { ...method, ...codec }]));
}

/**
 * Reads and writes the messages of services that were added `asBytes`, with checksums where the caller announces them (chain.ts). What
 * arrives damaged is refused as DATA_LOSS, what is no message of the method as INTERNAL; then every refusal is signed, too.
 * The first of a server's interceptors. `onDamage` is told the metadata of a call on which something arrived damaged.
 */
export function sealedService(
  definitions: readonly ServiceDefinition[],
  onDamage: (metadata: Metadata) => void = () => undefined,
): ServerInterceptor {
  const methods = new Map(definitions.flatMap((each) => Object.values(each)).map((method) => [method.path, method]));
  return ({ path }, call) => {
    const method = methods.get(path);
    return method ? sealedCall(method, call, onDamage) : new ServerInterceptingCall(call);
  };
}

type Call = ConstructorParameters<typeof ServerInterceptingCall>[0];

function sealedCall(
  { path, requestStream, requestDeserialize, responseSerialize }: MethodDefinition<unknown, unknown>,
  call: Call,
  onDamage: (metadata: Metadata) => void,
): ServerInterceptingCall {
  let announced = new Metadata();
  let word: string | undefined;
  let requests = checksumChain('');
  let responses = checksumChain('');
  let received = 0;
  let refused = false;

  const refuse = (error: TheriacError) => {
    if (refused) return;
    refused = true;
    if (error.detail.code === 'DATA_LOSS') onDamage(announced);
    outer.sendStatus(statusOf(error));
  };
  const outer: ServerInterceptingCall = new ServerInterceptingCall(call, {
    start: (begin) =>
      begin({
        onReceiveMetadata(metadata, next) {
          announced = metadata;
          word = announcedWord(metadata);
          requests = checksumChain(`${path} ${word} request`);
          responses = checksumChain(`${path} ${word} response`);
          next(metadata);
        },
        onReceiveMessage(message: Buffer, next) {
          if (refused) return;
          if (word !== undefined && !requestStream && received > 0)
            return refuse(damaged('the call carries a second request'));
          received++;
          let request: unknown;
          try {
            request = requestDeserialize(word === undefined ? message : requests.open(message));
          } catch (error) {
            return refuse(error instanceof TheriacError ? error : unreadable(path));
          }
          next(request);
        },
        onReceiveHalfClose(next) {
          if (refused) return;
          if (word !== undefined && !requestStream && received === 0)
            return refuse(damaged('the call ends within its request'));
          next();
        },
      }),
    sendMetadata(metadata, next) {
      if (word !== undefined) metadata.set(integrityKey, word);
      next(metadata);
    },
    sendMessage(response, next) {
      const message = responseSerialize(response);
      next(word === undefined ? message : responses.seal(message));
    },
    sendStatus(status, next) {
      if (word === undefined || status.code === Status.OK) return next(status);
      const metadata = status.metadata?.clone() ?? new Metadata();
      const [info] = metadata.get(errorInfoKey);
      const chain = checksumChain(`${path} ${word} ${status.code} ${status.details ?? ''}`);
      metadata.set(errorInfoKey, chain.seal(Buffer.isBuffer(info) ? info : Buffer.alloc(0)));
      next({ ...status, metadata });
    },
  });
  return outer;
}

function announcedWord(metadata: Metadata): string | undefined {
  const [word] = metadata.get(integrityKey);
  return word === undefined ? undefined : String(word).slice(0, longestWord);
}

function unreadable(path: string): TheriacError {
  return new TheriacError(`the request is no message of ${path.slice(1)}`, {
    code: 'INTERNAL',
    remedy: 'Encode it as the .proto files of this version say.',
  });
}
