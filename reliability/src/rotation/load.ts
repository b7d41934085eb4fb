import { TrainerServiceClient } from '@theriac/contract/trainer';
import { blobsOf, callUnary, connect, downloadBlob, uploadBlob } from '@theriac/service-kit';
import type { RandomStream } from '@theriac/tensors';

const callsPerConnection = 25;
const blobBytes = 256 << 10;
const deadlineSeconds = 60;

/** What callers have done so far. */
export interface Load {
  readonly calls: number;
  readonly connections: number;
  readonly failures: readonly string[];
  /** Resolves when the last call has ended. */
  stop(): Promise<void>;
}

/** Callers that ask, upload and download without a pause, each call once, over connections that they make anew again and again. */
export function startLoad(address: string, tls: string, callers: number, stream: RandomStream): Load {
  const failures: string[] = [];
  let calls = 0;
  let connections = 0;
  let running = true;

  async function call(work: Promise<unknown>): Promise<void> {
    calls += 1;
    await work.catch((error: unknown) => failures.push(error instanceof Error ? error.message : String(error)));
  }
  async function keepCalling(own: RandomStream): Promise<void> {
    const content = new Uint8Array(blobBytes);
    while (running) {
      const client = connect(TrainerServiceClient, address, { tls, attempts: 1 });
      connections += 1;
      for (let k = 0; k < callsPerConnection && running; k += 3) {
        own.fillBytes(content.subarray(0, 16));
        await call(callUnary(client, 'describe', {}, { deadlineSeconds }));
        const upload = uploadBlob(blobsOf(client), content, { deadlineSeconds });
        await call(upload);
        const ref = await upload.catch(() => undefined);
        if (ref !== undefined) await call(downloadBlob(blobsOf(client), ref, { deadlineSeconds }));
      }
      client.close();
    }
  }

  const all = Promise.all(Array.from({ length: callers }, (_, k) => keepCalling(stream.fork(k))));
  return {
    get calls() {
      return calls;
    },
    get connections() {
      return connections;
    },
    failures,
    async stop() {
      running = false;
      await all;
    },
  };
}
