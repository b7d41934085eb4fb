/** Blobs, which every service keeps for its callers. */
import { randomBytes } from 'node:crypto';
import type { BlobRef } from '@theriac/contract/tensor';
import { blobRefOf, callStream, callUnary, chunkBytes, downloadBlob, uploadBlob } from '@theriac/service-kit';
import { demand, present } from '../check';
import type { Check } from '../check';
import { chunkPart, putParts, refPart } from '../messages';
import { allRefused } from '../refusals';
import type { AnySubject } from '../subject';

/** Content that no service holds: what a blob says is not to be remembered from the last time. */
const fresh = (bytes: number): Buffer => randomBytes(bytes);

export const blobChecks: readonly Check<AnySubject>[] = [
  {
    id: 'blobs.round-trip',
    promise: 'what was put is held, and got back in chunks of 1 byte to 1 MiB',
    async run(s) {
      const sizes = [0, 1, 70_001, 2 * chunkBytes + 17];
      for (const size of sizes) {
        const content = fresh(size);
        const ref = await blobRefOf(content);
        const parts = Array.from({ length: Math.ceil(size / chunkBytes) }, (_, k) =>
          chunkPart(content.subarray(k * chunkBytes, (k + 1) * chunkBytes)),
        );
        const answer = present(
          (await putParts(s, [refPart(ref), ...parts])).ref,
          `the name of ${size} bytes that were put`,
        );
        demand(answer.sha256.equals(ref.sha256) && answer.size === size, `${size} bytes are held under another name`);
        demand((await missing(s, ref)).length === 0, `Find misses ${size} bytes that were put`);
        const got = await collect(s, ref, 0);
        demand(got.equals(content), `${size} bytes came back as ${got.length} others`);
      }
      return `${sizes.join(', ')} bytes`;
    },
  },
  {
    id: 'blobs.small-chunks',
    promise: 'content may arrive in chunks of any size up to 1 MiB',
    async run(s) {
      const content = fresh(1000);
      const ref = await blobRefOf(content);
      const cuts = [0, 1, 3, 400, 1000];
      await putParts(s, [refPart(ref), ...cuts.slice(1).map((cut, k) => chunkPart(content.subarray(cuts[k], cut)))]);
      demand((await collect(s, ref, 0)).equals(content), 'other bytes came back');
      return '4 chunks';
    },
  },
  {
    id: 'blobs.find',
    promise: 'Find names what is missing, in the order asked',
    async run(s) {
      const [held, ...others] = await Promise.all([9, 10, 11].map((size) => blobRefOf(fresh(size))));
      const content = fresh(12);
      const own = await uploadBlob(s.blobs, content, s.settings);
      const asked = [others[1], own, held, others[0]].map((ref) => present(ref, 'a name'));
      const found = (await callUnary(s.blobs, 'find', { refs: asked }, s.settings)).missing.map(({ size }) => size);
      demand(String(found) === '11,9,10', `it misses blobs of ${String(found)} bytes, not of 11,9,10`);
      return '3 of 4 missing';
    },
  },
  {
    id: 'blobs.offset',
    promise: 'a download goes on from any offset up to the size',
    async run(s) {
      const content = fresh(chunkBytes + 5);
      const ref = await uploadBlob(s.blobs, content, s.settings);
      const offsets = [1, 4096, chunkBytes, chunkBytes + 4, chunkBytes + 5];
      for (const offset of offsets)
        demand((await collect(s, ref, offset)).equals(content.subarray(offset)), `from ${offset} on other bytes came`);
      return `${offsets.length} offsets`;
    },
  },
  {
    id: 'blobs.again',
    promise: 'storing a held blob again succeeds',
    async run(s) {
      const content = fresh(100);
      const ref = await blobRefOf(content);
      for (const _ of [1, 2]) await putParts(s, [refPart(ref), chunkPart(content)]);
      demand((await downloadBlob(s.blobs, ref, s.settings)).byteLength === 100, 'it is no longer what it was');
      return 'twice';
    },
  },
  {
    id: 'blobs.wrong-content',
    promise: 'content that is not what its name says is DATA_LOSS, INVALID_ARGUMENT by its size, and not held',
    async run(s) {
      const content = fresh(5000);
      const [ref, other] = [await blobRefOf(content), fresh(5000)];
      const flipped = Buffer.from(content);
      flipped[4321]! ^= 4;
      const short = content.subarray(0, 4999);
      const put =
        (...chunks: Uint8Array[]) =>
        () =>
          putParts(s, [refPart(ref), ...chunks.map(chunkPart)]);
      const told = await allRefused([
        { what: 'other content', call: put(other), status: 'DATA_LOSS' },
        { what: 'one bit flipped', call: put(flipped), status: 'DATA_LOSS' },
        {
          what: 'chunks that changed places',
          call: put(content.subarray(2500), content.subarray(0, 2500)),
          status: 'DATA_LOSS',
        },
        { what: 'one byte too few', call: put(short), status: 'INVALID_ARGUMENT' },
        { what: 'one byte too many', call: put(content, Buffer.of(1)), status: 'INVALID_ARGUMENT' },
      ]);
      demand((await missing(s, ref)).length === 1, 'the blob is held all the same');
      return told;
    },
  },
  {
    id: 'blobs.refusals',
    promise: 'names, offsets and streams that are wrong are refused',
    async run(s) {
      const content = fresh(10);
      const ref = await uploadBlob(s.blobs, content, s.settings);
      const unknown = await blobRefOf(fresh(10));
      const malformed = { sha256: Buffer.alloc(3), size: 10 };
      const get = (of: BlobRef, offset: number) => () => collect(s, of, offset);
      const tooLarge = { sha256: unknown.sha256, size: (s.about.limits?.blobBytes ?? 0) + 1 };
      return allRefused([
        { what: 'a blob that is not held', call: get(unknown, 0), status: 'NOT_FOUND', field: 'ref' },
        { what: 'an offset beyond the end', call: get(ref, 11), status: 'INVALID_ARGUMENT', field: 'offset' },
        { what: 'a negative offset', call: get(ref, -1), status: 'INVALID_ARGUMENT', field: 'offset' },
        { what: 'a digest of 3 bytes', call: get(malformed, 0), status: 'INVALID_ARGUMENT', field: 'sha256' },
        {
          what: 'Find of a digest of 3 bytes',
          call: () => missing(s, malformed),
          status: 'INVALID_ARGUMENT',
          field: 'sha256',
        },
        {
          what: 'Put without a name',
          call: () => putParts(s, [chunkPart(content)]),
          status: 'INVALID_ARGUMENT',
          field: 'part',
        },
        // Where messages are sealed, a stream without any has lost them.
        { what: 'Put of nothing', call: () => putParts(s, []), status: ['INVALID_ARGUMENT', 'DATA_LOSS'] },
        {
          what: 'Put with a second name',
          call: () => putParts(s, [refPart(unknown), refPart(unknown)]),
          status: 'INVALID_ARGUMENT',
          field: 'part',
        },
        {
          what: 'an empty chunk',
          call: () => putParts(s, [refPart(unknown), chunkPart(Buffer.alloc(0)), chunkPart(content)]),
          status: 'INVALID_ARGUMENT',
          field: 'chunk',
        },
        {
          what: 'a chunk above 1 MiB',
          call: () =>
            putParts(s, [refPart({ ...unknown, size: chunkBytes + 1 }), chunkPart(Buffer.alloc(chunkBytes + 1))]),
          status: 'INVALID_ARGUMENT',
          field: 'chunk',
        },
        {
          what: 'a message above the limit',
          call: () => putParts(s, [refPart(unknown), chunkPart(Buffer.alloc((s.about.limits?.messageBytes ?? 0) + 1))]),
          status: 'RESOURCE_EXHAUSTED',
        },
        {
          what: 'a blob above the limit',
          call: () => putParts(s, [refPart(tooLarge)]),
          status: 'RESOURCE_EXHAUSTED',
          field: 'size',
        },
      ]);
    },
  },
];

async function missing(s: AnySubject, ref: BlobRef): Promise<BlobRef[]> {
  return (await callUnary(s.blobs, 'find', { refs: [ref] }, s.settings)).missing;
}

async function collect(s: AnySubject, ref: BlobRef, offset: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const { chunk } of callStream(s.blobs, 'get', { ref, offset }, s.settings)) {
    demand(chunk.length >= 1 && chunk.length <= chunkBytes, `a chunk has ${chunk.length} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
