/**
 * A blob of 44 MiB (the size of a ResNet-18's parameters) to and from another process over loopback, its digest checked on
 * arrival. What is uploaded has its name already, as every file of a run has; naming 44 MiB takes some 27 ms more.
 */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { BlobsServiceClient } from '@theriac/contract/tensor';
import { blobRefOf, blobsOf, connect, downloadBlob, uploadBlob } from '@theriac/service-kit';
import type { Answer, Order } from './blob-server';
import { summarise } from './timing';
import type { Timing } from './timing';

export const blobBytes = 44 << 20;
const rounds = 7;

export interface BlobsRow {
  readonly name: 'upload' | 'download';
  readonly time: Timing;
  /** 10^9 bytes per second, of the median and of the best round. */
  readonly gigabytesPerSecond: { readonly median: number; readonly best: number };
  /** Longest time in which an event loop did nothing else, milliseconds. */
  readonly stallMs: { readonly caller: number; readonly service: number };
}

/** Measures both directions, each round with new content. */
export async function measureBlobs(): Promise<readonly BlobsRow[]> {
  const child = fork(join(__dirname, 'blob-server.js'));
  const [{ address }] = (await once(child, 'message')) as [{ address: string }];
  const client = connect(BlobsServiceClient, address);
  const blobs = blobsOf(client);
  try {
    const content = new Uint8Array(blobBytes);
    randomFillSync(content);
    let round = 0;
    /** Another blob, without the time that 44 MiB of randomness take. */
    const fresh = (): Uint8Array => {
      new DataView(content.buffer).setUint32(0, round++);
      return content;
    };
    await uploadBlob(blobs, fresh());
    const upload = await measure('upload', child, async () => {
      const next = fresh();
      const ref = await blobRefOf(next);
      return () => uploadBlob(blobs, next, { ref });
    });
    const download = await measure('download', child, async () => {
      const ref = await uploadBlob(blobs, fresh());
      return () => downloadBlob(blobs, ref);
    });
    return [upload, download];
  } finally {
    client.close();
    tell(child, 'end');
    await once(child, 'exit');
  }
}

async function measure(
  name: BlobsRow['name'],
  child: ChildProcess,
  prepare: () => Promise<() => Promise<unknown>>,
): Promise<BlobsRow> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const times: number[] = [];
  const stall = { caller: 0, service: 0 };
  for (let round = 0; round < rounds; round++) {
    const transfer = await prepare();
    tell(child, 'watch');
    delay.enable();
    delay.reset();
    const start = performance.now();
    await transfer();
    times.push(performance.now() - start);
    stall.caller = Math.max(stall.caller, delay.max / 1e6);
    tell(child, 'tell');
    const [answer] = (await once(child, 'message')) as [Answer];
    if ('stallMs' in answer) stall.service = Math.max(stall.service, answer.stallMs);
    delay.disable();
  }
  const time = summarise(times);
  const rate = (ms: number): number => blobBytes / ms / 1e6;
  return { name, time, gigabytesPerSecond: { median: rate(time.median), best: rate(time.best) }, stallMs: stall };
}

function tell(child: ChildProcess, order: Order): void {
  child.send(order);
}
