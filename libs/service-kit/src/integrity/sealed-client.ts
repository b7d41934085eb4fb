import {
  InterceptingCall,
  status as Status,
  type CallProperties,
  type Interceptor,
  type StatusObject,
} from '@grpc/grpc-js';
import { TheriacError } from '@theriac/tensors';
import { renewKey } from '../serve/connections';
import { errorInfoKey, statusOf } from '../status';
import { checksumChain, damaged, integrityKey } from './chain';

/** Largest message that services take. */
const messageBytes = 4 << 20;
/** Channels whose service has answered with checksums: from then on it always has to. */
const sealedChannels = new WeakSet<object>();
/** Channels over which damage arrived: the next call asks for a new connection, since the tables of headers may be wrong as well. */
const damagedChannels = new WeakSet<object>();
let calls = 0;

/**
 * A call invocation transformer: announces checksums for a call (chain.ts), seals its requests, and opens its responses where the service
 * answers with them. What arrives damaged, and what a service that signs its refusals did not sign, fails as DATA_LOSS.
 */
export function sealing<Q, R>(call: CallProperties<Q, R>): CallProperties<Q, R> {
  const { path, requestSerialize, responseDeserialize } = call.methodDefinition;
  const word = (++calls).toString(36);
  const requests = checksumChain(`${path} ${word} request`);
  const responses = checksumChain(`${path} ${word} response`);
  let answered = false;
  let found: TheriacError | undefined;

  const isSealed = () => answered || sealedChannels.has(call.channel);
  const interceptor: Interceptor = (options, next) =>
    new InterceptingCall(next(options), {
      start(metadata, _, begin) {
        metadata.set(integrityKey, word);
        if (damagedChannels.delete(call.channel)) metadata.set(renewKey, '1');
        begin(metadata, {
          onReceiveMetadata(received, pass) {
            answered = received.get(integrityKey)[0] === word;
            if (answered) sealedChannels.add(call.channel);
            pass(received);
          },
          onReceiveStatus(status, pass) {
            const judged = found ? statusOf(found) : isSealed() ? verified(status, path, word) : status;
            if (judged.code === Status.DATA_LOSS) damagedChannels.add(call.channel);
            pass(judged);
          },
        });
      },
    });
  return {
    ...call,
    methodDefinition: {
      ...call.methodDefinition,
      requestSerialize(request) {
        const message = requests.seal(requestSerialize(request));
        if (message.length <= messageBytes) return message;
        throw (found = tooLarge(path, message.length));
      },
      responseDeserialize(message) {
        try {
          return responseDeserialize(isSealed() ? responses.open(message) : message);
        } catch (error) {
          found = damaged(`an answer of ${path.slice(1)} arrived damaged`);
          throw error;
        }
      },
    },
    callOptions: { ...call.callOptions, interceptors: [...(call.callOptions.interceptors ?? []), interceptor] },
  };
}

function tooLarge(path: string, size: number): TheriacError {
  return new TheriacError(`the request to ${path.slice(1)} is too large for one message`, {
    code: 'RESOURCE_EXHAUSTED',
    found: `${size} bytes`,
    allowed: `at most ${messageBytes} bytes`,
    remedy: 'Put large tensors to the service as blobs, and name them in the request.',
  });
}

/** What the transport itself says where a connection breaks, or where a call ends before its answer. */
const transportCodes: readonly Status[] = [Status.UNAVAILABLE, Status.DEADLINE_EXCEEDED, Status.CANCELLED];

/** The status as the service signed it; DATA_LOSS where a refusal is not signed. */
function verified(status: StatusObject, path: string, word: string): StatusObject {
  if (status.code === Status.OK) return status;
  const [info] = status.metadata.get(errorInfoKey);
  try {
    const chain = checksumChain(`${path} ${word} ${status.code} ${status.details}`);
    const metadata = status.metadata.clone();
    metadata.set(errorInfoKey, chain.open(Buffer.isBuffer(info) ? info : Buffer.alloc(0)));
    return { ...status, metadata };
  } catch {
    if (transportCodes.includes(status.code) && info === undefined) return status;
    return statusOf(damaged(`the end of the call ${path.slice(1)} arrived damaged: ${status.details}`));
  }
}
