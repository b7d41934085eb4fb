import { Client, credentials, status as Status } from '@grpc/grpc-js';

const bytes = (message: Buffer): Buffer => message;

/** A client that sends bytes to any method. */
export interface RawCalls {
  /** The name of the status of a call with these messages, DEADLINE_EXCEEDED when there is none in time. */
  send(path: string, messages: readonly Buffer[], deadlineSeconds: number): Promise<string>;
  close(): void;
}

/** A connection of its own to a service in plaintext. */
export function rawCalls(address: string): RawCalls {
  const client = new Client(address, credentials.createInsecure(), {
    'grpc.enable_retries': 0,
    'grpc.use_local_subchannel_pool': 1,
  });
  return {
    send: (path, messages, deadlineSeconds) =>
      new Promise((resolve) => {
        const call = client.makeBidiStreamRequest(path, bytes, bytes, {
          deadline: Date.now() + deadlineSeconds * 1000,
        });
        call.on('data', () => undefined);
        call.on('error', () => undefined);
        call.on('status', ({ code }) => resolve(Status[code] ?? String(code)));
        for (const message of messages) call.write(message);
        call.end();
      }),
    close: () => client.close(),
  };
}
