import { Server, ServerCredentials } from '@grpc/grpc-js';
import { EvaluatorServiceClient } from '@theriac/contract/evaluator';
import { namedFloat32, TheriacError } from '@theriac/tensors';
import { randomBytes } from 'node:crypto';
import { blobsOf, connect } from '../client/connect';
import { evaluator, failure, serving, type Served } from '../fixtures/evaluator';
import { silentLogger } from '../logging';
import { implement, type Implementation } from '../serve/call';
import { callsUnderWay } from '../serve/calls-under-way';
import { mount } from '../serve/mount';
import { blobRefOf } from './blob-ref';
import { downloadBlob, readRemoteBundle, uploadBlob, writeRemoteBundle } from './blob-transfer';
import { createBlobStore } from './blob-store';
import { blobsService } from './chunk-codec';

describe('to and from a service', () => {
  let served: Served;
  beforeAll(async () => (served = await serving([evaluator({})], { blobs: { blobBytes: 4 << 20 } })));
  afterAll(() => served.stop());

  it.each([0, 1, 1 << 20, (1 << 20) + 1, 3_333_333])('brings %i bytes there and back', async (size) => {
    const blobs = blobsOf(served.client);
    const content = randomBytes(size);
    const ref = await uploadBlob(blobs, content);
    expect(ref.size).toBe(size);
    expect(Buffer.compare(await downloadBlob(blobs, ref), content)).toBe(0);
    expect(await uploadBlob(blobs, content)).toEqual(ref);
  });

  it('brings tensors, inline and as a blob', async () => {
    const blobs = blobsOf(served.client);
    for (const size of [3, 300_000]) {
      const values = Float32Array.from({ length: size }, (_, at) => at);
      const bundle = await writeRemoteBundle(blobs, [namedFloat32('x', [size], values)]);
      const got = await readRemoteBundle(blobs, bundle);
      expect(Buffer.compare(got.get('x')?.bytes ?? Buffer.alloc(0), new Uint8Array(values.buffer))).toBe(0);
    }
  });

  it('is refused where a blob is too large, before it is sent', async () => {
    const error = await failure(uploadBlob(blobsOf(served.client), Buffer.alloc(5 << 20)));
    expect(error.detail).toMatchObject({
      code: 'RESOURCE_EXHAUSTED',
      field: 'ref.size',
      allowed: 'at most 4194304 bytes',
    });
  });

  it('says that a blob is not held', async () => {
    const error = await failure(downloadBlob(blobsOf(served.client), { sha256: Buffer.alloc(32), size: 9 }));
    expect(error.detail).toMatchObject({ code: 'NOT_FOUND', field: 'ref' });
  });

  it('is cancelled by its signal', async () => {
    const controller = new AbortController();
    const upload = uploadBlob(blobsOf(served.client), randomBytes(4 << 20), { signal: controller.signal });
    controller.abort();
    expect((await failure(upload)).detail.code).toBe('CANCELLED');
  });
});

describe('over a service that is not perfect', () => {
  type Blobs = Implementation<typeof blobsService>;
  const stops: (() => void)[] = [];
  afterEach(() => stops.splice(0).forEach((stop) => stop()));

  async function imperfect(handlers: Partial<Blobs>) {
    const server = new Server();
    const host = { blobs: createBlobStore(), log: silentLogger(), calls: callsUnderWay() };
    const absent = () => Promise.reject(new Error('not in this test'));
    const service = implement(blobsService, { find: absent, get: absent as never, put: absent, ...handlers });
    server.addService(service.definition, mount(service, host));
    const port = await new Promise<number>((resolve, reject) =>
      server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      ),
    );
    const client = connect(EvaluatorServiceClient, `127.0.0.1:${port}`);
    stops.push(() => (client.close(), server.forceShutdown()));
    return blobsOf(client);
  }

  const content = randomBytes(3_333_333);
  const gone = () => new TheriacError('gone', { code: 'UNAVAILABLE' });

  it('goes on where a download broke', async () => {
    const offsets: number[] = [];
    const blobs = await imperfect({
      async *get({ offset }) {
        offsets.push(offset);
        yield { chunk: content.subarray(offset, offset + 1_000_000) };
        if (offset + 1_000_000 < content.length) throw gone();
      },
    });
    expect(Buffer.compare(await downloadBlob(blobs, await blobRefOf(content)), content)).toBe(0);
    expect(offsets).toEqual([0, 1_000_000, 2_000_000, 3_000_000]);
  });

  it('gives up when nothing comes any more', async () => {
    let asked = 0;
    const blobs = await imperfect({
      async *get() {
        asked++;
        throw gone();
      },
    });
    expect((await failure(downloadBlob(blobs, await blobRefOf(content)))).detail.code).toBe('UNAVAILABLE');
    expect(asked).toBeGreaterThan(1);
  });

  it('notices a flipped bit on the way down', async () => {
    const flipped = Buffer.from(content);
    flipped[2_000_000] = (flipped[2_000_000] ?? 0) ^ 4;
    const blobs = await imperfect({
      async *get() {
        for (let from = 0; from < flipped.length; from += 1 << 20)
          yield { chunk: flipped.subarray(from, from + (1 << 20)) };
      },
    });
    expect((await failure(downloadBlob(blobs, await blobRefOf(content)))).detail.code).toBe('DATA_LOSS');
  });

  it('refuses more than was announced', async () => {
    const blobs = await imperfect({
      async *get() {
        for (;;) yield { chunk: Buffer.alloc(1 << 20) };
      },
    });
    expect((await failure(downloadBlob(blobs, await blobRefOf(content)))).message).toMatch(/3333333 bytes announced/);
  });

  it('sends again what a service lost', async () => {
    let puts = 0;
    const blobs = await imperfect({
      find: ({ refs }) => Promise.resolve({ missing: refs }),
      async put(requests) {
        const parts: Buffer[] = [];
        for await (const { part } of requests) {
          if (part?.$case === 'chunk') parts.push(part.value);
          if (puts === 0 && parts.length === 2) {
            puts++;
            throw gone();
          }
        }
        puts++;
        return { ref: await blobRefOf(Buffer.concat(parts)) };
      },
    });
    await uploadBlob(blobs, content);
    expect(puts).toBe(2);
  });
});
