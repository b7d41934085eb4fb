import type { BlobRef } from '@theriac/contract/tensor';
import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { failure } from '../fixtures/evaluator';
import { createBlobStore, type BlobLimits, type BlobStore } from './blob-store';

const refOf = (content: Uint8Array): BlobRef => ({
  sha256: createHash('sha256').update(content).digest(),
  size: content.byteLength,
});

let store: BlobStore;
let clock = 0;
let folder: string;
const open = (limits: Partial<BlobLimits> = {}) => (store = createBlobStore(limits, { now: () => clock, folder }));
const files = () =>
  readdirSync(folder).flatMap((name) => readdirSync(join(folder, name)).map((file) => join(folder, name, file)));

beforeEach(async () => {
  clock = 0;
  folder = await mkdtemp(join(tmpdir(), 'theriac-test-'));
});
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

it('names a content by its digest and gives it back', async () => {
  open();
  const content = randomBytes(3_000_000);
  const ref = await store.put(content);
  expect(ref).toEqual(refOf(content));
  expect(store.has(ref)).toBe(true);
  expect(Buffer.compare(await store.get(ref), content)).toBe(0);
});

it('does not hold what it was not given, or what has another size', async () => {
  open();
  const ref = await store.put(Buffer.from('one'));
  const missing = await failure(store.get(refOf(Buffer.from('two')), 'parameters.blob'));
  expect(missing.detail).toMatchObject({ code: 'NOT_FOUND', field: 'parameters.blob' });
  expect((await failure(store.get({ ...ref, size: 4 }))).detail.code).toBe('NOT_FOUND');
  expect((await failure(store.get({ ...ref, sha256: Buffer.alloc(31) }, 'x'))).detail).toMatchObject({
    code: 'INVALID_ARGUMENT',
    field: 'x.sha256',
  });
  expect((await failure(store.get(undefined, 'x'))).detail.field).toBe('x');
});

it('forgets a blob when its lease ends, and not while it is used', async () => {
  open({ leaseSeconds: 10 });
  const [used, unused] = [await store.put(Buffer.from('used')), await store.put(Buffer.from('unused'))];
  clock = 8;
  expect(store.has(used)).toBe(true);
  clock = 16;
  expect(store.has(used)).toBe(true);
  expect(store.has(unused)).toBe(false);
});

it('moves the least recently used blobs to private files, and removes these', async () => {
  open({ memoryBytes: 2500 });
  const contents = [1, 2, 3, 4].map((seed) => Buffer.alloc(1000, seed));
  const refs: BlobRef[] = [];
  for (const content of contents) {
    refs.push(await store.put(content));
    if (refs[0]) store.has(refs[0]);
  }
  const named = (ref: BlobRef | undefined) => ref?.sha256.toString('hex') ?? '';
  expect(
    files()
      .map((file) => file.slice(-64))
      .sort(),
  ).toEqual([named(refs[1]), named(refs[2])].sort());
  expect(files().every((file) => (statSync(file).mode & 0o077) === 0)).toBe(true);
  for (const [at, ref] of refs.entries()) expect(await store.get(ref)).toEqual(contents[at]);
  await store.close();
  expect(readdirSync(folder)).toEqual([]);
});

it('notices a file that was damaged', async () => {
  open({ memoryBytes: 10 });
  const ref = await store.put(Buffer.alloc(100, 1));
  for (const file of files()) writeFileSync(file, 'short');
  expect((await failure(store.get(ref))).detail.code).toBe('DATA_LOSS');
});

it('refuses what is too large before anything is allocated', async () => {
  open({ blobBytes: 1000, memoryBytes: 1000, diskBytes: 500 });
  const announced = (size: number) => () => store.receive({ sha256: Buffer.alloc(32), size });
  expect(announced(2 ** 50)).toThrow(/at most 1000 bytes/);
  await store.put(Buffer.alloc(900));
  expect(announced(700)).toThrow(/no room/);
  const first = store.receive({ sha256: Buffer.alloc(32), size: 600 });
  first.abort();
  const second = store.receive({ sha256: Buffer.alloc(32), size: 600 });
  second.abort();
});

describe('receiving', () => {
  const content = randomBytes(2_500_000);
  const chunks = [content.subarray(0, 1 << 20), content.subarray(1 << 20, 2 << 20), content.subarray(2 << 20)];

  it('holds a blob that came whole', async () => {
    open();
    const writer = store.receive(refOf(content));
    expect(store.has(refOf(content))).toBe(false);
    chunks.forEach((chunk) => writer.write(chunk));
    await writer.finish();
    expect(Buffer.compare(await store.get(refOf(content)), content)).toBe(0);
  });

  it('holds nothing when a bit was flipped', async () => {
    open();
    const writer = store.receive(refOf(content));
    chunks.forEach((chunk) => writer.write(chunk.map((byte, at) => (at === 12345 ? byte ^ 1 : byte))));
    expect((await failure(writer.finish())).detail).toMatchObject({ code: 'DATA_LOSS', field: 'ref.sha256' });
    expect(store.has(refOf(content))).toBe(false);
  });

  it('refuses too many, too few and empty bytes', async () => {
    open();
    const writer = store.receive(refOf(content));
    chunks.forEach((chunk) => writer.write(chunk));
    expect(() => writer.write(Buffer.alloc(1))).toThrow(/2500000 bytes announced/);
    const short = store.receive(refOf(content));
    short.write(Buffer.alloc(5));
    expect((await failure(short.finish())).message).toMatch(/5 bytes in all/);
    expect(() => short.write(Buffer.alloc(0))).toThrow(/1 to 1048576/);
    expect(() => short.write(Buffer.alloc((1 << 20) + 1))).toThrow(/1 to 1048576/);
  });

  it('takes the empty blob', async () => {
    open();
    const ref = refOf(Buffer.alloc(0));
    await store.receive(ref).finish();
    expect(await store.get(ref)).toHaveLength(0);
  });
});

it('reads from an offset on', async () => {
  open({ memoryBytes: 10 });
  const content = randomBytes(2_500_000);
  const ref = await store.put(content);
  const rest: Uint8Array[] = [];
  for await (const chunk of store.read(ref, 1_000_001)) rest.push(chunk);
  expect(rest.every((chunk) => chunk.byteLength <= 1 << 20)).toBe(true);
  expect(Buffer.compare(Buffer.concat(rest), content.subarray(1_000_001))).toBe(0);
  const beyond = store.read(ref, content.length + 1)[Symbol.asyncIterator]();
  expect((await failure(beyond.next())).detail.field).toBe('offset');
});

it('notices a bit that flipped on disk', async () => {
  open({ memoryBytes: 1000 });
  const ref = await store.put(randomBytes(2000));
  const [file] = files() as [string];
  const content = readFileSync(file);
  content[7]! ^= 1;
  writeFileSync(file, content);
  expect((await failure(store.get(ref))).detail.code).toBe('DATA_LOSS');
});

it('gives one client so many blobs and bytes, and others theirs', async () => {
  open({ blobsPerClient: 2, bytesPerClient: 5000 });
  const put = async (content: Uint8Array, client?: string) => {
    const writer = store.receive(refOf(content), client);
    writer.write(content);
    await writer.finish();
  };
  await put(randomBytes(1000), 'a');
  expect(() => store.receive(refOf(randomBytes(4001)), 'a')).toThrow(/at most 5000 bytes/);
  await put(randomBytes(1000), 'a');
  expect(() => store.receive(refOf(randomBytes(10)), 'a')).toThrow(/at most 2 blobs/);
  await put(randomBytes(4500), 'b');
  await store.put(randomBytes(9000));
});

it('refuses what its disk does not take, and holds what it had', async () => {
  open({ memoryBytes: 1000 });
  const held = await store.put(randomBytes(900));
  await rm(folder, { recursive: true });
  const error = await failure(store.put(randomBytes(800)));
  expect(error.detail).toMatchObject({ code: 'RESOURCE_EXHAUSTED', found: 'ENOENT' });
  expect(await store.get(held)).toHaveLength(900);
  await mkdir(folder);
});
