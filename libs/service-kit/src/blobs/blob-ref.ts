import type { BlobRef } from '@theriac/contract/tensor';
import { invalid } from '@theriac/tensors';
import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';

/** Blobs travel and are hashed in pieces of at most this many bytes. */
export const chunkBytes = 1 << 20;
const hashedPerTurn = 8 * chunkBytes;

/** The name of a content: its SHA-256 and size. Yields to the event loop every few milliseconds. */
export async function blobRefOf(content: Uint8Array): Promise<BlobRef> {
  const hash = createHash('sha256');
  for (let from = 0; from < content.byteLength; from += hashedPerTurn) {
    if (from > 0) await nextTurn();
    hash.update(content.subarray(from, from + hashedPerTurn));
  }
  return { sha256: hash.digest(), size: content.byteLength };
}

/** A reference that is present and well formed; INVALID_ARGUMENT naming `field` otherwise. */
export function requireBlobRef(ref: BlobRef | undefined, field: string): BlobRef {
  if (!ref) throw invalid(field, undefined, 'the SHA-256 and size of a blob');
  if (ref.sha256.length !== 32) throw invalid(`${field}.sha256`, `${ref.sha256.length} bytes`, 'exactly 32 bytes');
  if (!Number.isSafeInteger(ref.size) || ref.size < 0) throw invalid(`${field}.size`, ref.size, 'an integer >= 0');
  return ref;
}

/** Hexadecimal digest: how a blob is named in messages and files. */
export const blobName = (ref: BlobRef): string => ref.sha256.toString('hex');
