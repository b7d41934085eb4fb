/** A connection to one of the replicas of a service, which moves to another one when told that it does not do. */
import type { Client } from '@grpc/grpc-js';
import type { BlobsServiceClient } from '@theriac/contract/tensor';
import { TheriacError } from '@theriac/tensors';
import { parseAddress } from '../address';
import { addressOf, blobsOf, connect, type ClientClass, type ConnectOptions } from './connect';
import { isServing } from './health';

/** Seconds in which a service that has just been started must answer for its health. */
const startSeconds = 20;

/** How a replica was found: it still serves, another one took over, or it was started anew. */
export type Recovery = 'same' | 'moved' | 'restarted';

/** The replica in use; client, blobs and address are other ones after `recover`. */
export interface Replicas<C extends Client> {
  readonly client: C;
  readonly blobs: BlobsServiceClient;
  readonly address: string;
  /** How many replicas there are. */
  readonly count: number;
  /**
   * Connects anew to the first replica that serves and is admitted, the present one first. Throws UNAVAILABLE when there is none,
   * or what `admit` threw.
   */
  recover(signal?: AbortSignal): Promise<Recovery>;
  close(): void;
}

export interface ReplicaOptions<C extends Client> extends ConnectOptions {
  /** Throws where a replica may not take the place of the one before. */
  readonly admit?: (client: C, signal: AbortSignal | undefined) => Promise<void>;
  /** Starts the service anew at its address; for one that is a child of this process. */
  readonly restart?: () => Promise<void>;
  /** Seconds within which a replica must answer for its health; default 1.5. */
  readonly healthSeconds?: number;
}

/** The addresses in a text: one, or several with commas between. Throws INVALID_ARGUMENT naming `field`. */
export function addressesIn(text: string, field = 'address'): string[] {
  return text.split(',').map((one) => parseAddress(one.trim(), field).text);
}

/** Connects to the first of these addresses; nothing is called yet. The caller closes. */
export function connectToOneOf<C extends Client>(
  client: ClientClass<C>,
  addresses: readonly string[],
  options: ReplicaOptions<C> = {},
): Replicas<C> {
  const { admit, restart, healthSeconds = 1.5 } = options;
  let current = 0;
  let held = open(current);

  function open(index: number) {
    // Repeating is the business of whoever asks for another replica.
    const made = connect(client, addresses[index] ?? '', { attempts: 1, ...options });
    return { client: made, blobs: blobsOf(made) };
  }

  /** Takes the replica where it serves; a new connection, since the old one may still wait before it tries again. */
  async function take(index: number, signal: AbortSignal | undefined, seconds = healthSeconds): Promise<boolean> {
    const found = open(index);
    try {
      if (!(await isServing(found.client, seconds))) throw away([addressOf(found.client)]);
      await admit?.(found.client, signal);
    } catch (error) {
      found.client.close();
      if (error instanceof TheriacError && error.detail.code === 'UNAVAILABLE') return false;
      throw error;
    }
    held.client.close();
    held = found;
    current = index;
    return true;
  }

  return {
    get client() {
      return held.client;
    },
    get blobs() {
      return held.blobs;
    },
    get address() {
      return addressOf(held.client);
    },
    count: addresses.length,
    async recover(signal) {
      const before = current;
      let refusal: Error | undefined;
      for (let k = 0; k < addresses.length; k++) {
        const index = (before + k) % addresses.length;
        try {
          if (await take(index, signal)) return k === 0 ? 'same' : 'moved';
        } catch (error) {
          refusal ??= error as Error;
        }
      }
      if (restart !== undefined) {
        await restart();
        signal?.throwIfAborted();
        if (await take(before, signal, startSeconds)) return 'restarted';
      }
      throw refusal ?? away(addresses);
    },
    close: () => held.client.close(),
  };
}

function away(addresses: readonly string[]): TheriacError {
  return new TheriacError(`no service answers at ${addresses.join(', ')}`, {
    code: 'UNAVAILABLE',
    field: 'address',
    remedy: 'Start it, or correct the address; where it speaks TLS, name a folder of certificates with --tls.',
  });
}
