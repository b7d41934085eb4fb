import { Server, ServerCredentials } from '@grpc/grpc-js';
import type { HealthImplementation } from 'grpc-health-check';
import { parseAddress } from '../address';
import { listen } from './listen';

/** Largest question about health, bytes. */
const questionBytes = 4096;

/** Health alone, in plaintext, at an address of its own: for probes that have no certificate. */
export interface HealthPort {
  readonly address: string;
  close(): void;
}

/** Serves only grpc.health.v1 at an address; resolves when it is taken. */
export async function openHealthPort(health: HealthImplementation, address: string): Promise<HealthPort> {
  const server = new Server({ 'grpc.max_receive_message_length': questionBytes });
  health.addToServer(server);
  try {
    const taken = await listen(server, parseAddress(address, 'health-listen'), ServerCredentials.createInsecure());
    return { address: taken, close: () => server.forceShutdown() };
  } catch (error) {
    server.forceShutdown();
    throw error;
  }
}
