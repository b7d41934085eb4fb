/** Blobs to and from a service: named first, sent only where they are missing, verified on arrival, resumed where they broke. */
import type { BlobRef, BlobsServiceClient, PutRequest, TensorBundle } from '@theriac/contract/tensor';
import { TheriacError, type NamedArray } from '@theriac/tensors';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { blobRefOf, chunkBytes, requireBlobRef } from './blob-ref';
import { receiveBlob } from './blob-writer';
import { readBundle } from '../bundle/read';
import { writeBundle } from '../bundle/write';
import { damaged } from '../integrity/chain';
import { beginCall, callStream, callUnary, type CallSettings } from '../client/calls';
import { attemptsOf } from '../client/connect';

const firstWaitSeconds = 0.1;

export interface TransferSettings extends CallSettings {
  /** Largest blob to download, bytes; default 4 GiB. */
  readonly limitBytes?: number;
}

export interface UploadSettings extends CallSettings {
  /** The name of the content, where the caller knows it already. */
  readonly ref?: BlobRef;
}

/** Makes a service hold a content, sending it only when it does not; the content must not change meanwhile. */
export async function uploadBlob(
  client: BlobsServiceClient,
  content: Uint8Array,
  settings: UploadSettings = {},
): Promise<BlobRef> {
  const ref = settings.ref ?? (await blobRefOf(content));
  const { missing } = await callUnary(client, 'find', { refs: [ref] }, settings);
  if (missing.length > 0) await persistently(client, settings, () => put(client, ref, content, settings));
  return ref;
}

/** The content of a blob that a service holds, its digest verified (DATA_LOSS); a broken download goes on where it ended. */
export async function downloadBlob(
  client: BlobsServiceClient,
  ref: BlobRef | undefined,
  settings: TransferSettings = {},
): Promise<Uint8Array> {
  const wanted = requireBlobRef(ref, 'ref');
  const limit = settings.limitBytes ?? 4 * 1024 ** 3;
  if (wanted.size > limit) {
    throw new TheriacError(`the blob offered is ${wanted.size} bytes`, {
      code: 'RESOURCE_EXHAUSTED',
      field: 'ref.size',
      found: `${wanted.size} bytes`,
      allowed: `at most ${limit} bytes`,
    });
  }
  const blob = receiveBlob(wanted);
  const progress = () => blob.received;
  await persistently(
    client,
    settings,
    async () => {
      const rest = callStream(client, 'get', { ref: wanted, offset: blob.received }, settings);
      if (blob.received < wanted.size || wanted.size === 0) for await (const { chunk } of rest) blob.write(chunk);
    },
    progress,
  );
  return blob.finish();
}

/** The tensors of a bundle that a service answered with, by name; `field` names it in errors. */
export async function readRemoteBundle(
  client: BlobsServiceClient,
  bundle: TensorBundle | undefined,
  settings: TransferSettings & { readonly field?: string } = {},
): Promise<Map<string, NamedArray>> {
  const source = { get: (ref: BlobRef) => downloadBlob(client, ref, settings) };
  return new Map(await readBundle(bundle, source, settings.field ?? 'bundle'));
}

/** A bundle for a request: inline up to 1 MiB, else as a blob uploaded to the service. */
export function writeRemoteBundle(
  client: BlobsServiceClient,
  arrays: readonly NamedArray[],
  settings: CallSettings = {},
): Promise<TensorBundle> {
  return writeBundle(arrays, { put: (content) => uploadBlob(client, content, settings) });
}

async function put(
  client: BlobsServiceClient,
  ref: BlobRef,
  content: Uint8Array,
  settings: CallSettings,
): Promise<void> {
  const made = beginCall(client, 'put', settings);
  const over = new AbortController();
  let failure: unknown;
  let settle: (error: unknown) => void = () => undefined;
  const answered = new Promise<unknown>((resolve) => (settle = resolve));
  const call = client.put(made.metadata, made.options, (error) => {
    failure = error ?? undefined;
    settle(error);
    over.abort();
  });
  const cancel = () => call.cancel();
  settings.signal?.addEventListener('abort', cancel, { once: true });
  call.on('error', () => undefined); // a write after the answer; the answer says what matters
  const write = async (request: PutRequest) => {
    if (!call.write(request)) await once(call, 'drain', { signal: over.signal }).catch(() => undefined);
  };
  try {
    await write({ part: { $case: 'ref', value: ref } });
    for (let from = 0; from < content.byteLength && !over.signal.aborted; from += chunkBytes) {
      const size = Math.min(chunkBytes, content.byteLength - from);
      await write({ part: { $case: 'chunk', value: Buffer.from(content.buffer, content.byteOffset + from, size) } });
    }
    call.end();
    await answered;
    if (failure !== undefined) {
      const error = made.failed(failure);
      // As many bytes were sent as were announced: where others arrived, they were damaged on their way.
      if (error.detail.field !== 'chunk') throw error;
      throw Object.assign(damaged(error.message), { cause: failure });
    }
    made.ended();
  } finally {
    settings.signal?.removeEventListener('abort', cancel);
  }
}

/** Repeats what failed as UNAVAILABLE, with growing waits; after progress the count begins anew. */
async function persistently(
  client: BlobsServiceClient,
  { signal, deadlineSeconds }: CallSettings,
  run: () => Promise<void>,
  progress: () => number = () => 0,
): Promise<void> {
  const until = deadlineSeconds === undefined ? Infinity : performance.now() + deadlineSeconds * 1000;
  for (let left = attemptsOf(client), wait = firstWaitSeconds; ; wait *= 2) {
    const before = progress();
    try {
      return await run();
    } catch (error) {
      const repeatable = error instanceof TheriacError && error.detail.code === 'UNAVAILABLE';
      if (progress() > before) left = attemptsOf(client) + 1;
      if (!repeatable || --left === 0 || performance.now() > until) throw error;
    }
    await sleep(wait * 1000, undefined, signal ? { signal } : {}).catch(() => undefined);
  }
}
