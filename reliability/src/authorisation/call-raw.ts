import { Client, status as Status } from '@grpc/grpc-js';
import type { ChannelCredentials } from '@grpc/grpc-js';

const deadlineMilliseconds = 60_000;

/** A client that can call any method, with the bytes that anybody could send. */
export interface RawClient {
  /** Sends one empty message; the name of the status that it gets, OK as soon as there is any answer. */
  call(path: string): Promise<string>;
  close(): void;
}

export function openRawClient(address: string, credentials: ChannelCredentials): RawClient {
  const client = new Client(address, credentials, {
    'grpc.ssl_target_name_override': 'localhost',
    'grpc.enable_retries': 0,
    'grpc.use_local_subchannel_pool': 1,
  });
  const bytes = (message: Buffer): Buffer => message;
  return {
    call: (path) =>
      new Promise((resolve) => {
        const call = client.makeBidiStreamRequest(path, bytes, bytes, { deadline: Date.now() + deadlineMilliseconds });
        call.on('data', () => {
          resolve('OK');
          call.cancel();
        });
        call.on('error', () => undefined);
        call.on('status', ({ code }) => resolve(Status[code] ?? String(code)));
        call.write(Buffer.alloc(0));
        call.end();
      }),
    close: () => client.close(),
  };
}
