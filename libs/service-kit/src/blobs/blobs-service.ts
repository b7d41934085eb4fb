import type { BlobRef, PutRequest } from '@theriac/contract/tensor';
import { invalid } from '@theriac/tensors';
import { requireBlobRef } from './blob-ref';
import { implement, type CallContext, type ImplementedService } from '../serve/call';
import { blobsService } from './chunk-codec';
import { count } from '../telemetry/instruments';
import { attributeNames } from '../telemetry/names';

const mostRefs = 1024;

/** BlobsService over the store of the service that mounts it. */
export function implementBlobs(): ImplementedService {
  return implement(blobsService, {
    async find({ refs }, { blobs }) {
      if (refs.length > mostRefs)
        throw invalid('refs', `${refs.length} references`, `at most ${mostRefs}`, 'Ask in parts.');
      refs.forEach((ref, at) => requireBlobRef(ref, `refs[${at}]`));
      return { missing: refs.filter((ref) => !blobs.has(ref)) };
    },
    async *get({ ref, offset }, { blobs }) {
      for await (const chunk of blobs.read(ref, offset)) {
        count('blobTraffic', chunk.byteLength, { [attributeNames.direction]: 'sent' });
        yield { chunk: Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength) };
      }
    },
    put: receive,
  });
}

async function receive(
  requests: AsyncIterable<PutRequest>,
  { blobs, signal, client }: CallContext,
): Promise<{ ref: BlobRef }> {
  const parts = requests[Symbol.asyncIterator]();
  const first = await parts.next();
  if (first.done || first.value.part?.$case !== 'ref') {
    throw invalid('part', first.done ? undefined : first.value.part?.$case, '"ref" in the first message');
  }
  const ref = requireBlobRef(first.value.part.value, 'ref');
  if (blobs.has(ref)) return { ref };
  const writer = blobs.receive(ref, client);
  try {
    for (let next = await parts.next(); !next.done; next = await parts.next()) {
      const { part } = next.value;
      if (part?.$case !== 'chunk') throw invalid('part', part?.$case, '"chunk" in every message but the first');
      writer.write(part.value);
      count('blobTraffic', part.value.length, { [attributeNames.direction]: 'received' });
    }
    signal.throwIfAborted();
    await writer.finish();
  } catch (error) {
    writer.abort();
    throw error;
  }
  return { ref };
}
