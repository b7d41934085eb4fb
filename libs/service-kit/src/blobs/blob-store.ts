/**
 * Content-addressed blobs of one service: kept in memory up to a budget, the least recently used beyond it in files of a
 * private temporary folder. A blob lives for a lease that every use renews; content is verified before it is held.
 */
import type { BlobRef } from '@theriac/contract/tensor';
import { invalid, TheriacError } from '@theriac/tensors';
import { tmpdir } from 'node:os';
import { blobName, blobRefOf, chunkBytes, requireBlobRef } from './blob-ref';
import { receiveBlob, type BlobWriter } from './blob-writer';
import { spillFolder } from './spill-folder';
import { setGauge } from '../telemetry/instruments';

export interface BlobLimits {
  /** Largest blob, bytes. */
  readonly blobBytes: number;
  /** Bytes held in memory before blobs move to disk. */
  readonly memoryBytes: number;
  /** Bytes held on disk. */
  readonly diskBytes: number;
  /** Seconds that a blob is held after its last use. */
  readonly leaseSeconds: number;
  /** Blobs held that one client put. */
  readonly blobsPerClient: number;
  /** Bytes held that one client put. */
  readonly bytesPerClient: number;
}

export interface BlobStore {
  readonly limits: BlobLimits;
  /** Holds a content (not copied: the caller no longer changes it) and names it. */
  put(content: Uint8Array): Promise<BlobRef>;
  /** The content, not to be changed; NOT_FOUND naming `field` when it is not held. */
  get(ref: BlobRef | undefined, field?: string): Promise<Uint8Array>;
  /** Whether a blob is held; renews its lease. */
  has(ref: BlobRef): boolean;
  /** Begins to receive a blob of announced digest and size; RESOURCE_EXHAUSTED before anything is allocated. `client`: who puts it. */
  receive(ref: BlobRef, client?: string): BlobWriter;
  /** The content from an offset on, in chunks of at most 1 MiB. */
  read(ref: BlobRef | undefined, offset: number): AsyncIterable<Uint8Array>;
  /** Forgets everything and removes the files. */
  close(): Promise<void>;
}

interface Held {
  readonly ref: BlobRef;
  memory: Uint8Array | undefined;
  onDisk: boolean;
  expires: number;
  /** Who put it; none: the service itself. */
  readonly client: string | undefined;
}

export const defaultBlobLimits: BlobLimits = {
  blobBytes: 1024 << 20,
  memoryBytes: 128 << 20,
  diskBytes: 16 * 1024 ** 3,
  leaseSeconds: 600,
  blobsPerClient: 4096,
  bytesPerClient: 8 * 1024 ** 3,
};

export interface BlobStoreSurroundings {
  /** The clock in seconds. */
  readonly now?: () => number;
  /** Where the folder for files is made. */
  readonly folder?: string;
}

/** An empty store. */
export function createBlobStore(
  given: Partial<BlobLimits> = {},
  { now = () => performance.now() / 1000, folder: parent = tmpdir() }: BlobStoreSurroundings = {},
): BlobStore {
  const limits = { ...defaultBlobLimits, ...given };
  const held = new Map<string, Held>(); // in order of use, the least recent first
  const folder = spillFolder(parent);
  let receiving = 0;
  let spilling: Promise<void> | undefined;
  const sweeper = setInterval(expire, Math.max(1, limits.leaseSeconds / 4) * 1000);
  sweeper.unref();

  const inMemory = () => sum((blob) => (blob.memory ? blob.ref.size : 0));
  const onDisk = () => sum((blob) => (blob.onDisk ? blob.ref.size : 0));
  function sum(size: (blob: Held) => number): number {
    let total = 0;
    for (const blob of held.values()) total += size(blob);
    return total;
  }

  function touch(ref: BlobRef): Held | undefined {
    const name = blobName(ref);
    const blob = held.get(name);
    if (!blob || blob.ref.size !== ref.size) return undefined;
    if (blob.expires < now()) {
      forget(name, blob);
      return undefined;
    }
    blob.expires = now() + limits.leaseSeconds;
    held.delete(name);
    held.set(name, blob);
    return blob;
  }

  function expire(): void {
    for (const [name, blob] of held) if (blob.expires < now()) forget(name, blob);
    observe();
  }

  function forget(name: string, blob: Held): void {
    held.delete(name);
    if (blob.onDisk) void folder.remove(name);
  }

  async function hold(ref: BlobRef, content: Uint8Array, client?: string): Promise<void> {
    if (touch(ref)) return;
    const blob = { ref, memory: content, onDisk: false, expires: now() + limits.leaseSeconds, client };
    held.set(blobName(ref), blob);
    observe();
    try {
      await makeRoom();
    } catch (error) {
      forget(blobName(ref), blob);
      throw error;
    }
  }

  /** What a client has put, and would have with one more blob of this size. RESOURCE_EXHAUSTED above its share. */
  function admitFrom(client: string, size: number): void {
    const own = [...held.values()].filter((blob) => blob.client === client);
    const bytes = own.reduce((total, { ref }) => total + ref.size, size);
    if (own.length >= limits.blobsPerClient) throw clientFull(own.length + 1, 'blobs', limits.blobsPerClient);
    if (bytes > limits.bytesPerClient) throw clientFull(bytes, 'bytes', limits.bytesPerClient);
  }

  /** Moves the least recently used blobs to disk until memory is within its budget; one mover at a time. */
  async function makeRoom(): Promise<void> {
    spilling ??= moveToDisk().finally(() => (spilling = undefined));
    await spilling;
  }

  async function moveToDisk(): Promise<void> {
    while (inMemory() + receiving > limits.memoryBytes) {
      const next = [...held].find(([, blob]) => blob.memory !== undefined);
      if (!next) return;
      const [name, blob] = next;
      if (!blob.onDisk && blob.memory) {
        await folder.write(name, blob.memory);
        if (!held.has(name)) {
          await folder.remove(name);
          continue;
        }
        blob.onDisk = true;
      }
      blob.memory = undefined;
      observe();
    }
  }

  function observe(): void {
    setGauge('blobBytes', inMemory() + onDisk());
  }

  function require(ref: BlobRef | undefined, field: string): Held {
    const blob = touch(requireBlobRef(ref, field));
    if (!blob) throw notHeld(requireBlobRef(ref, field), field);
    return blob;
  }

  async function contentOf(blob: Held): Promise<Uint8Array> {
    return blob.memory ?? (await folder.read(blobName(blob.ref), blob.ref.size));
  }

  /** Refuses what would not fit, before anything is allocated. */
  function admit(size: number, field: string): void {
    if (size > limits.blobBytes) throw tooLarge(field, size, limits.blobBytes);
    const room = limits.memoryBytes + limits.diskBytes;
    if (inMemory() + onDisk() + receiving + size > room) expire();
    if (inMemory() + onDisk() + receiving + size > room) throw full(size, room);
  }

  return {
    limits,
    async put(content) {
      admit(content.byteLength, 'blob');
      const ref = await blobRefOf(content);
      await hold(ref, content);
      return ref;
    },
    async get(ref, field = 'ref') {
      return contentOf(require(ref, field));
    },
    has: (ref) => touch(requireBlobRef(ref, 'ref')) !== undefined,
    receive(announced, client) {
      const ref = requireBlobRef(announced, 'ref');
      admit(ref.size, 'ref.size');
      if (client !== undefined) admitFrom(client, ref.size);
      if (receiving > 0 && receiving + ref.size > limits.memoryBytes) {
        throw new TheriacError('the service is receiving too many blobs at once', {
          code: 'RESOURCE_EXHAUSTED',
          field: 'ref.size',
          found: `${receiving + ref.size} bytes under way`,
          allowed: `at most ${limits.memoryBytes} bytes`,
          remedy: 'Send one after the other.',
          retryAfterSeconds: hintSeconds,
        });
      }
      receiving += ref.size;
      let counted = true;
      const settle = () => {
        if (counted) receiving -= ref.size;
        counted = false;
      };
      return receiveBlob(ref, (content) => (settle(), hold(ref, content, client)), settle);
    },
    async *read(ref, offset) {
      const blob = require(ref, 'ref');
      if (!Number.isSafeInteger(offset) || offset < 0 || offset > blob.ref.size) {
        throw invalid('offset', offset, `an integer from 0 to the blob's size ${blob.ref.size}`);
      }
      const content = await contentOf(blob);
      for (let from = offset; from < content.byteLength; from += chunkBytes)
        yield content.subarray(from, from + chunkBytes);
    },
    async close() {
      clearInterval(sweeper);
      await spilling?.catch(() => undefined);
      held.clear();
      await folder.close();
    },
  };
}

function notHeld(ref: BlobRef, field: string): TheriacError {
  return new TheriacError(
    `${field}: the service does not hold blob ${blobName(ref).slice(0, 12)} of ${ref.size} bytes`,
    {
      code: 'NOT_FOUND',
      field,
      found: blobName(ref),
      remedy:
        'Put it to this service by BlobsService.Put and repeat the call; blobs are forgotten when their lease ends.',
    },
  );
}

function tooLarge(field: string, size: number, limit: number): TheriacError {
  return new TheriacError(`${field} is ${size} bytes`, {
    code: 'RESOURCE_EXHAUSTED',
    field,
    found: `${size} bytes`,
    allowed: `at most ${limit} bytes`,
    remedy: 'Send less, or start the service with a higher THERIAC_BLOB_LIMIT_MIB.',
  });
}

function full(size: number, limit: number): TheriacError {
  return new TheriacError('the service has no room for another blob', {
    code: 'RESOURCE_EXHAUSTED',
    field: 'ref.size',
    found: `${size} bytes more`,
    allowed: `${limit} bytes in all`,
    remedy: 'Wait until leases end, or start the service with a higher THERIAC_BLOB_DISK_MIB.',
    retryAfterSeconds: fullHintSeconds,
  });
}

const hintSeconds = 0.5;
const fullHintSeconds = 30;

function clientFull(found: number, unit: string, most: number): TheriacError {
  return new TheriacError('this client has put as much as one client may', {
    code: 'RESOURCE_EXHAUSTED',
    field: 'ref',
    found: `${found} ${unit}`,
    allowed: `at most ${most} ${unit}`,
    remedy:
      'Wait until leases end, or start the service with a higher THERIAC_BLOBS_PER_CLIENT or THERIAC_BLOB_CLIENT_MIB.',
    retryAfterSeconds: fullHintSeconds,
  });
}
