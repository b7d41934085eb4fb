import type { BlobRef } from '@theriac/contract/tensor';
import { invalid, TheriacError } from '@theriac/tensors';
import { createHash } from 'node:crypto';
import { blobName, chunkBytes } from './blob-ref';

/** Takes a blob in order, chunk by chunk, and hashes it on the way. */
export interface BlobWriter {
  /** Bytes taken so far. */
  readonly received: number;
  /** The next 1 byte to 1 MiB; copied. INVALID_ARGUMENT when more arrives than was announced. */
  write(chunk: Uint8Array): void;
  /** Ends the blob: INVALID_ARGUMENT when bytes are missing, DATA_LOSS when content and digest differ. */
  finish(): Promise<Uint8Array>;
  /** Gives up. */
  abort(): void;
}

/** Receives a blob of announced, validated size; `keep` is called with a content whose digest is right. */
export function receiveBlob(
  ref: BlobRef,
  keep: (content: Uint8Array) => Promise<void> = () => Promise.resolve(),
  release: () => void = () => undefined,
): BlobWriter {
  const hash = createHash('sha256');
  // Allocated by the first chunk: a caller that only announces a blob costs nothing. No byte is read before it is written.
  let content: Buffer | undefined;
  let received = 0;
  return {
    get received() {
      return received;
    },
    write(chunk) {
      if (chunk.byteLength === 0 || chunk.byteLength > chunkBytes) {
        throw invalid('chunk', `${chunk.byteLength} bytes`, `1 to ${chunkBytes} bytes`);
      }
      if (received + chunk.byteLength > ref.size) {
        throw invalid(
          'chunk',
          `${received + chunk.byteLength} bytes in all`,
          `exactly the ${ref.size} bytes announced`,
        );
      }
      content ??= Buffer.allocUnsafeSlow(ref.size);
      content.set(chunk, received);
      hash.update(chunk);
      received += chunk.byteLength;
    },
    async finish() {
      if (received !== ref.size) {
        throw invalid(
          'chunk',
          `${received} bytes in all`,
          `exactly the ${ref.size} bytes announced`,
          'Send the blob again.',
        );
      }
      const digest = hash.digest();
      if (!digest.equals(ref.sha256)) {
        throw new TheriacError('the content of the blob does not have the digest announced', {
          code: 'DATA_LOSS',
          field: 'ref.sha256',
          found: digest.toString('hex'),
          allowed: blobName(ref),
          remedy: 'Send the blob again; if it happens again, it changed after it was named.',
        });
      }
      const whole = content ?? Buffer.alloc(0);
      await keep(whole);
      return whole;
    },
    abort: () => {
      content = undefined;
      release();
    },
  };
}
