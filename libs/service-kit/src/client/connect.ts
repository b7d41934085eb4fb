import {
  credentials,
  makeGenericClientConstructor,
  type ChannelCredentials,
  type Client,
  type ClientOptions,
  type ServiceDefinition,
} from '@grpc/grpc-js';
import type { BlobsServiceClient } from '@theriac/contract/tensor';
import { TheriacError } from '@theriac/tensors';
import { parseAddress, refuseRemotePlaintext } from '../address';
import { blobsService } from '../blobs/chunk-codec';
import { collectAtOnce } from '../collect-at-once';
import { sealing } from '../integrity/sealed-client';
import { clientSecurity } from '../security/credentials';
import { servers } from '../security/policy';
import { healthService } from './health';

/** Bytes that may be under way to a peer before it must say that it read them. */
export const flowControlWindow = 8 << 20;

/** A generated client class. */
export type ClientClass<C extends Client> = {
  new (address: string, credentials: ChannelCredentials, options?: Partial<ClientOptions>): C;
  readonly service: ServiceDefinition;
};

export interface ConnectOptions {
  /** Allow plaintext beyond this machine. */
  readonly allowPlaintext?: boolean | undefined;
  /** Folder with tls.crt, tls.key and ca.crt: mutual TLS to TCP addresses. None: plaintext. */
  readonly tls?: string | undefined;
  /** Seconds after which a peer that answers a call is asked whether it lives; default 1. It has 2.5 s to say so. */
  readonly keepaliveSeconds?: number;
  /** Attempts of a call that a service did not take because it was unavailable; default 4. */
  readonly attempts?: number;
  /** Methods that are not repeated by themselves, because twice is not the same as once. */
  readonly once?: readonly { readonly path: string }[];
}

/**
 * A client of the service at an address ("unix:/path" or "host:port"), connected by its first call. It watches the connection by
 * keepalive, takes large answers at full speed, and repeats calls that were refused as UNAVAILABLE. The caller closes it.
 */
export function connect<C extends Client>(client: ClientClass<C>, address: string, options: ConnectOptions = {}): C {
  const target = parseAddress(address);
  if (options.tls === undefined) refuseRemotePlaintext(target, options.allowPlaintext ?? false, 'address');
  collectAtOnce();
  const security = clientSecurity(target, options.tls, serverOf(client.service));
  const made = new client(target.text, security.credentials, {
    ...security.options,
    'grpc-node.flow_control_window': flowControlWindow,
    'grpc.keepalive_time_ms': (options.keepaliveSeconds ?? 1) * 1000,
    'grpc.keepalive_timeout_ms': 2500,
    'grpc.per_rpc_retry_buffer_size': 4 << 20,
    'grpc.service_config': serviceConfig(options),
    'grpc.initial_reconnect_backoff_ms': 200,
    'grpc.max_reconnect_backoff_ms': 2000,
    callInvocationTransformer: sealing,
    // A client that is made for a service that has come back does not wait as long as those who knew it before.
    'grpc.use_local_subchannel_pool': 1,
    // A proxy named by the environment leads out of this machine.
    ...(target.local ? { 'grpc.enable_http_proxy': 0 } : {}),
  });
  addresses.set(made, target.text);
  attempts.set(made.getChannel(), options.attempts ?? usualAttempts);
  return made;
}

/** The role of the service that a client is for; undefined: any may offer it. */
function serverOf(definition: ServiceDefinition): (typeof servers)[number] | undefined {
  const [first] = Object.values(definition);
  return servers.find((role) => first?.path.toLowerCase().startsWith(`/theriac.v1.${role}service/`));
}

const FastBlobsClient = makeGenericClientConstructor(blobsService, 'theriac.v1.BlobsService') as unknown as new (
  address: string,
  credentials: ChannelCredentials,
  options: Partial<ClientOptions>,
) => BlobsServiceClient;

/** The blobs of the service that `client` is connected to, over the same connection; closed with it. */
export function blobsOf(client: Client): BlobsServiceClient {
  const address = addressOf(client);
  const blobs = new FastBlobsClient(address, credentials.createInsecure(), {
    channelOverride: client.getChannel(),
    callInvocationTransformer: sealing,
  });
  addresses.set(blobs, address);
  return blobs;
}

const usualAttempts = 4;
const addresses = new WeakMap<Client, string>();
const attempts = new WeakMap<object, number>();

/** Attempts of what a client asks, as it was connected. */
export function attemptsOf(client: Client): number {
  return attempts.get(client.getChannel()) ?? usualAttempts;
}

/** The address that a client was made for. */
export function addressOf(client: Client): string {
  return addresses.get(client) ?? client.getChannel().getTarget();
}

/** Resolves when the service can be reached; UNAVAILABLE when it cannot within so many seconds. */
export function waitUntilReachable(client: Client, seconds: number): Promise<void> {
  return new Promise((resolve, reject) => {
    client.waitForReady(Date.now() + seconds * 1000, (error) => {
      if (!error) return resolve();
      reject(
        new TheriacError(`the service at ${addressOf(client)} cannot be reached`, {
          code: 'UNAVAILABLE',
          field: 'address',
          found: `no answer within ${seconds} s`,
          remedy: 'Start it, or correct the address.',
        }),
      );
    });
  });
}

function serviceConfig({ attempts = usualAttempts, once = [] }: ConnectOptions): string {
  const notRepeated = [blobsService.put, ...once].map(({ path }) => {
    const [, service, method] = path.split('/');
    return { service, method };
  });
  const asked = { service: healthService };
  const retryPolicy = {
    maxAttempts: attempts,
    initialBackoff: '0.1s',
    maxBackoff: '2s',
    backoffMultiplier: 2,
    retryableStatusCodes: ['UNAVAILABLE'],
  };
  const repeated = attempts > 1 ? [{ name: [{}], retryPolicy }] : [];
  return JSON.stringify({ methodConfig: [{ name: [...notRepeated, asked] }, ...repeated] });
}
