import type { BlobRef, BlobsServiceClient, PutRequest, PutResponse } from '@theriac/contract/tensor';
import { randomBytes } from 'node:crypto';
import { callUnary } from '../client/calls';
import { blobsOf } from '../client/connect';
import { failure, evaluator, serving, type Served } from '../fixtures/evaluator';
import { errorOfCall } from '../status';
import { blobRefOf } from './blob-ref';

const limit = 3 << 20;
let served: Served;
let blobs: BlobsServiceClient;
beforeAll(async () => {
  served = await serving([evaluator({})], { blobs: { blobBytes: limit, memoryBytes: limit } });
  blobs = blobsOf(served.client);
});
afterAll(() => served.stop());

const naming = (ref: BlobRef): PutRequest => ({ part: { $case: 'ref', value: ref } });
const carrying = (chunk: Buffer): PutRequest => ({ part: { $case: 'chunk', value: chunk } });

/** Puts these messages as any client might. */
function put(messages: readonly PutRequest[], then: 'end' | 'cancel' = 'end'): Promise<PutResponse> {
  return new Promise((resolve, reject) => {
    const call = blobs.put((error, response) => (error ? reject(errorOfCall(error, 'test')) : resolve(response)));
    call.on('error', () => undefined);
    for (const message of messages) call.write(message);
    if (then === 'end') call.end();
    else setTimeout(() => call.cancel(), 100);
  });
}

it('takes a blob that it holds already without reading it', async () => {
  const content = randomBytes(limit);
  const ref = await blobRefOf(content);
  const chunks = [0, 1, 2].map((at) => carrying(content.subarray(at << 20, (at + 1) << 20)));
  expect((await put([naming(ref), ...chunks])).ref).toEqual(ref);
  expect((await put([naming(ref)])).ref).toEqual(ref);
  expect((await put([naming(ref), ...chunks])).ref).toEqual(ref);
});

it('says which blobs are missing, in the order asked', async () => {
  const refs = await Promise.all([1, 2, 3].map((seed) => blobRefOf(Buffer.alloc(seed, seed))));
  await put([naming(refs[1] as BlobRef), carrying(Buffer.alloc(2, 2))]);
  expect((await callUnary(blobs, 'find', { refs })).missing).toEqual([refs[0], refs[2]]);
  const many = Array.from({ length: 1025 }, () => refs[0] as BlobRef);
  expect((await failure(callUnary(blobs, 'find', { refs: many }))).detail.field).toBe('refs');
  const wrong = await failure(callUnary(blobs, 'find', { refs: [...refs, { sha256: Buffer.alloc(3), size: 1 }] }));
  expect(wrong.detail.field).toBe('refs[3].sha256');
});

describe('refuses', () => {
  const content = randomBytes(1000);
  it.each<[string, (ref: BlobRef) => PutRequest[], string, string]>([
    ['nothing', () => [], 'INVALID_ARGUMENT', 'part'],
    ['content without a name', () => [carrying(content)], 'INVALID_ARGUMENT', 'part'],
    ['an empty message', () => [{ part: undefined }], 'INVALID_ARGUMENT', 'part'],
    ['a second name', (ref) => [naming(ref), naming(ref)], 'INVALID_ARGUMENT', 'part'],
    ['an empty chunk', (ref) => [naming(ref), carrying(Buffer.alloc(0))], 'INVALID_ARGUMENT', 'chunk'],
    ['too few bytes', (ref) => [naming(ref), carrying(content.subarray(1))], 'INVALID_ARGUMENT', 'chunk'],
    ['too many bytes', (ref) => [naming(ref), carrying(content), carrying(content)], 'INVALID_ARGUMENT', 'chunk'],
    ['another content', (ref) => [naming(ref), carrying(Buffer.alloc(1000))], 'DATA_LOSS', 'ref.sha256'],
    ['a large blob', (ref) => [naming({ ...ref, size: limit + 1 })], 'RESOURCE_EXHAUSTED', 'ref.size'],
    ['a negative size', (ref) => [naming({ ...ref, size: -1 })], 'INVALID_ARGUMENT', 'ref.size'],
  ])('%s', async (_, messages, code, field) => {
    const ref = await blobRefOf(content);
    expect((await failure(put(messages(ref)))).detail).toMatchObject({ code, field });
    expect((await callUnary(blobs, 'find', { refs: [ref] })).missing).toHaveLength(1);
  });
});

it('forgets an upload that was cancelled', async () => {
  const content = randomBytes(limit);
  const ref = await blobRefOf(content);
  const broken = put([naming(ref), carrying(content.subarray(0, 1 << 20))], 'cancel');
  expect((await failure(broken)).detail.code).toBe('CANCELLED');
  // The bytes announced no longer count: the next upload of this size finds room.
  const chunks = [0, 1, 2].map((at) => carrying(content.subarray(at << 20, (at + 1) << 20)));
  expect((await put([naming(ref), ...chunks])).ref).toEqual(ref);
});
